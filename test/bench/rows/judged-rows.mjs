/**
 * The judged rows, each on the adapters that its targets name. `bare` and `least` share a process
 * with the package.
 *
 * Targets, each judged with the interval of its measurement:
 * - `addedUs`: microseconds of CPU that the package adds to a request of bare Nest;
 * - `ratio`: CPU of a bare request divided by CPU of a request to the package;
 * - `timesLeast`: the cost added by the package, in multiples of that added by the least possible;
 * - `roundTrips`: to Redis, for a request.
 *
 * `slowed` names a copy of the variant of the package that takes a microsecond more. A run that
 * cannot distinguish the two cannot judge the row either. Not checked on Express: its blocks differ
 * by more than that.
 */
export const JUDGED_ROWS = [
  {
    id: 'token',
    title: 'Guard, access token',
    bare: 'bare',
    least: 'floor-token',
    kit: 'kit-token',
    slowed: { fastify: 'kit-token-slowed' },
    targets: {
      fastify: [{ addedUs: 2 }, { roundTrips: 0 }],
      express: [{ addedUs: 5 }, { roundTrips: 0 }],
    },
  },
  {
    id: 'cookie',
    title: 'Guard, cookie session in Redis',
    asksRedis: true,
    bare: 'bare',
    least: 'floor-cookie',
    kit: 'kit-cookie',
    targets: {
      fastify: [{ ratio: 0.65 }, { roundTrips: 1 }],
      express: [{ ratio: 0.75 }, { roundTrips: 1 }],
    },
  },
  {
    id: 'cookie-cached',
    title: 'Guard, cookie session in the session cache',
    asksRedis: true,
    bare: 'bare',
    kit: 'kit-cookie-cached',
    targets: {
      fastify: [{ addedUs: 2.5 }, { roundTrips: 0 }],
      express: [{ addedUs: 5.5 }, { roundTrips: 0 }],
    },
  },
  {
    id: 'csrf',
    title: 'CSRF guard',
    bare: 'bare-post',
    least: 'floor-csrf',
    kit: 'kit-csrf',
    targets: {
      fastify: [{ addedUs: 2 }, { roundTrips: 0 }],
      express: [{ addedUs: 5 }, { roundTrips: 0 }],
    },
  },
  {
    id: 'rate-limit',
    title: 'Rate limit in Redis',
    asksRedis: true,
    bare: 'bare',
    least: 'floor-rate-limit',
    kit: 'kit-rate-limit',
    targets: {
      fastify: [{ addedUs: 4 }, { roundTrips: 1 }],
      express: [{ addedUs: 7 }, { roundTrips: 1 }],
    },
  },
  {
    id: 'login',
    title: 'Login with tokens',
    asksRedis: true,
    bare: 'bare-post',
    least: 'floor-login',
    kit: 'kit-login',
    targets: { express: [] },
  },
  {
    id: 'refresh',
    title: 'Refresh',
    asksRedis: true,
    bare: 'bare-post',
    least: 'floor-refresh',
    kit: 'kit-refresh',
    continues: nextRefresh,
    targets: { express: [{ timesLeast: 1.5 }] },
  },
];

/** Each connection continues with the token of the last answer. */
export function nextRefresh(request, previousBody) {
  const { refreshToken } = JSON.parse(previousBody);
  return Object.assign({}, request, { body: JSON.stringify({ refreshToken }) });
}
