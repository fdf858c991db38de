import { startRedis } from '../redis.mjs';
import { interleave } from '../rounds.mjs';
import { median, paired } from '../statistics.mjs';
import { atLeast, atMost, ratioTo } from '../targets.mjs';
import { HttpCase } from './http-case.mjs';
import { HTTP_ROWS, LEAST } from './http-rows.mjs';

/** Of what is judged: two servers with the same code differ by some percent, and one sample of Express by ten. */
const ROUNDS = { express: 13, fastify: 12 };
const PROCESSES = 2;
/** Of what is shown beside it. */
const SHOWN_ROUNDS = 3;
const LEAST_ROUNDS = 6;

export const ids = HTTP_ROWS.map(({ id }) => id);

/**
 * One table after the other, its cases in turns: a server that waits for minutes loses its compiled code, and one that
 * is the base of many tables would keep it.
 */
export async function measure(wants) {
  const results = [];
  for (const row of HTTP_ROWS.filter(({ id }) => wants(id))) results.push(await measureRow(row));
  return results;
}

async function measureRow(row) {
  const redis = await startRedis();
  const { adapter, asksRedis = false } = row;
  const shownAs = { adapter, redis, asksRedis, processes: 1, rounds: SHOWN_ROUNDS };
  const judgedAs = row.targets
    ? { ...shownAs, processes: PROCESSES, rounds: ROUNDS[adapter] }
    : shownAs;
  const judgesByLeast = row.targets?.some(({ ofLeast }) => ofLeast !== undefined);
  const leastAs = judgesByLeast ? judgedAs : { ...shownAs, rounds: LEAST_ROUNDS };
  const [base, kit, ...others] = row.cases;
  const kitCase = await HttpCase.open(kit, judgedAs);
  // What the kit is sent, the base is sent too, at the one route that it has.
  const requests = kitCase.requests.map((request) => Object.assign({}, request, { path: '/' }));
  const cases = [await HttpCase.open(base, { ...judgedAs, requests }), kitCase];
  for (const one of others)
    cases.push(await HttpCase.open(one, one.name === LEAST ? leastAs : shownAs));
  await warmUp(cases, redis);
  await interleave(cases, judgedAs.rounds);
  for (const one of cases) await one.close();
  await redis.stop();
  return result(row, cases);
}

/** In turns: a server that is warm and waits for the others is cold again. */
async function warmUp(cases, redis) {
  let cold = cases;
  while (cold.length > 0) {
    const stillCold = [];
    for (const one of cold) if (!(await one.warmUp(redis))) stillCold.push(one);
    cold = stillCold;
  }
}

function result({ id, title, targets = [] }, cases) {
  const [base] = cases;
  const shown = cases.map((one) => ({
    name: one.spec.name,
    samples: one.samples,
    base: base.spec.name,
    figures: {
      'µs added': one === base ? undefined : addedUs(one, base),
      'requests/s': Math.round(median(one.perSecond)),
      'Redis commands per request':
        one.commands.length === 0 ? undefined : commandsText(one.commands),
    },
  }));
  const row = { id, title, unit: 'requests per second of CPU', better: 'more', cases: shown };
  return { ...row, targets: targets.map((target) => judged(target, row, cases)) };
}

function judged({ ratio, ofLeast, roundTrips }, row, cases) {
  const kit = cases[1];
  if (roundTrips !== undefined) {
    return atMost(roundTrips, roundTripsOf(kit), `${row.title}: Redis round trips`);
  }
  const value = ratioTo(row, kit.spec.name);
  return ofLeast === undefined
    ? atLeast(ratio, value, `${row.title}: ratio to bare Nest`)
    : atLeast(
        ofLeast * ratioTo(row, LEAST),
        value,
        `${row.title}: ${ofLeast} of the least possible`,
      );
}

/** Commands inside a script are part of its one round trip. */
function roundTripsOf({ commands }) {
  const scripts = commands.filter(([name]) => name === 'evalsha');
  return (scripts.length > 0 ? scripts : commands).reduce((sum, [, calls]) => sum + calls, 0);
}

function addedUs({ samples }, base) {
  const added = paired(samples, base.samples, (value, other) => 1e6 / value - 1e6 / other);
  return Number(median(added).toFixed(1));
}

function commandsText(commands) {
  return commands
    .filter(([, calls]) => calls >= 0.005)
    .map(([name, calls]) => `${name} ${Number(calls.toFixed(2))}`)
    .join(', ');
}
