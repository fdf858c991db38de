/** The first case of a row is its base, the second is the kit. The base is sent what the kit is sent. */
const BARE = { name: 'bare Nest', server: 'bare' };
const BARE_POST = { ...BARE, server: 'bare-post' };
const kit = (server) => ({ name: 'nestjs-session-kit', server });
/** The same job with nothing around it, for what a ratio can be at all. */
export const LEAST = 'least possible';
const least = (server) => ({ name: LEAST, server });

const TOKEN_PEERS = [
  { name: 'passport-jwt, KeyObject', server: 'passport-jwt-key-object' },
  { name: 'passport-jwt, string secret', server: 'passport-jwt-string' },
  { name: '@nestjs/jwt, as in the Nest docs', server: 'nestjs-jwt' },
];

/**
 * A `ratio` is to bare Nest, which takes so little on Fastify that the one asked of a CSRF check or a rate limit leaves
 * hardly more than the least possible takes, or less: there the kit is held to a part of that, `ofLeast`.
 */
export const HTTP_ROWS = [
  {
    id: 'token-express',
    title: 'Guard, access token, Express',
    adapter: 'express',
    cases: [BARE, kit('kit-token'), ...TOKEN_PEERS],
    targets: [{ ratio: 0.9 }],
  },
  {
    id: 'token-fastify',
    title: 'Guard, access token, Fastify',
    adapter: 'fastify',
    cases: [BARE, kit('kit-token'), ...TOKEN_PEERS],
    targets: [{ ratio: 0.85 }],
  },
  {
    id: 'cookie-express',
    title: 'Guard, cookie session in Redis, Express',
    adapter: 'express',
    asksRedis: true,
    cases: [
      BARE,
      kit('kit-cookie'),
      least('floor-cookie'),
      { name: 'express-session + connect-redis', server: 'express-session' },
      { name: 'iron-session (no store)', server: 'iron-session' },
      { name: 'better-auth', server: 'better-auth' },
    ],
    targets: [{ ratio: 0.75 }, { roundTrips: 1 }],
  },
  {
    id: 'cookie-fastify',
    title: 'Guard, cookie session in Redis, Fastify',
    adapter: 'fastify',
    asksRedis: true,
    cases: [
      BARE,
      kit('kit-cookie'),
      least('floor-cookie'),
      { name: '@fastify/session + connect-redis', server: 'fastify-session' },
    ],
    targets: [{ ratio: 0.65 }, { roundTrips: 1 }],
  },
  {
    id: 'csrf-express',
    title: 'CSRF guard, Express',
    adapter: 'express',
    cases: [
      BARE_POST,
      kit('kit-csrf'),
      least('floor-csrf'),
      { name: 'csrf-csrf', server: 'csrf-csrf' },
    ],
    targets: [{ ratio: 0.9 }],
  },
  {
    id: 'csrf-fastify',
    title: 'CSRF guard, Fastify',
    adapter: 'fastify',
    cases: [BARE_POST, kit('kit-csrf'), least('floor-csrf')],
    targets: [{ ofLeast: 0.8 }],
  },
  {
    id: 'rate-limit-express',
    title: 'Rate limit in Redis, Express',
    adapter: 'express',
    asksRedis: true,
    cases: [
      BARE,
      kit('kit-rate-limit'),
      least('floor-rate-limit'),
      { name: '@nestjs/throttler + Redis storage', server: 'throttler' },
    ],
    targets: [{ ratio: 0.8 }, { roundTrips: 1 }],
  },
  {
    id: 'rate-limit-fastify',
    title: 'Rate limit in Redis, Fastify',
    adapter: 'fastify',
    asksRedis: true,
    cases: [
      BARE,
      kit('kit-rate-limit'),
      least('floor-rate-limit'),
      { name: '@nestjs/throttler + Redis storage', server: 'throttler' },
    ],
    targets: [{ ofLeast: 0.8 }, { roundTrips: 1 }],
  },
  {
    id: 'login',
    title: 'Login with tokens, Express',
    adapter: 'express',
    asksRedis: true,
    cases: [BARE_POST, kit('kit-login')],
  },
  {
    id: 'refresh',
    title: 'Refresh, Express',
    adapter: 'express',
    asksRedis: true,
    cases: [
      BARE_POST,
      {
        ...kit('kit-refresh'),
        continues: (request, previousBody) => {
          const { refreshToken } = JSON.parse(previousBody);
          return { ...request, body: JSON.stringify({ refreshToken }) };
        },
      },
    ],
  },
];
