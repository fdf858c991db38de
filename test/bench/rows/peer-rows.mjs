import { nextRefresh } from './judged-rows.mjs';

/**
 * The first case of a row is its base, the second is the package. Both receive the same requests.
 */
const BARE = { name: 'bare Nest', server: 'bare' };
const BARE_POST = { ...BARE, server: 'bare-post' };
const kit = (server) => ({ name: 'nestjs-session-kit', server });
/** The same job without anything around it: an upper bound for the ratio. */
export const FLOOR_NAME = 'least possible';
const least = (server) => ({ name: FLOOR_NAME, server });

const TOKEN_PEERS = [
  { name: 'passport-jwt, KeyObject', server: 'passport-jwt-key-object' },
  { name: 'passport-jwt, string secret', server: 'passport-jwt-string' },
  { name: '@nestjs/jwt, as in the Nest docs', server: 'nestjs-jwt' },
];

export const PEER_ROWS = [
  {
    id: 'peers-token-express',
    title: 'Guard, access token, Express',
    adapter: 'express',
    cases: [BARE, kit('kit-token'), ...TOKEN_PEERS],
  },
  {
    id: 'peers-token-fastify',
    title: 'Guard, access token, Fastify',
    adapter: 'fastify',
    cases: [BARE, kit('kit-token'), ...TOKEN_PEERS],
  },
  {
    id: 'peers-cookie-express',
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
  },
  {
    id: 'peers-cookie-fastify',
    title: 'Guard, cookie session in Redis, Fastify',
    adapter: 'fastify',
    asksRedis: true,
    cases: [
      BARE,
      kit('kit-cookie'),
      least('floor-cookie'),
      { name: '@fastify/session + connect-redis', server: 'fastify-session' },
    ],
  },
  {
    id: 'peers-csrf-express',
    title: 'CSRF guard, Express',
    adapter: 'express',
    cases: [
      BARE_POST,
      kit('kit-csrf'),
      least('floor-csrf'),
      { name: 'csrf-csrf', server: 'csrf-csrf' },
    ],
  },
  {
    id: 'peers-csrf-fastify',
    title: 'CSRF guard, Fastify',
    adapter: 'fastify',
    cases: [BARE_POST, kit('kit-csrf'), least('floor-csrf')],
  },
  {
    id: 'peers-rate-limit-express',
    title: 'Rate limit in Redis, Express',
    adapter: 'express',
    asksRedis: true,
    cases: [
      BARE,
      kit('kit-rate-limit'),
      least('floor-rate-limit'),
      { name: '@nestjs/throttler + Redis storage', server: 'throttler' },
    ],
  },
  {
    id: 'peers-rate-limit-fastify',
    title: 'Rate limit in Redis, Fastify',
    adapter: 'fastify',
    asksRedis: true,
    cases: [
      BARE,
      kit('kit-rate-limit'),
      least('floor-rate-limit'),
      { name: '@nestjs/throttler + Redis storage', server: 'throttler' },
    ],
  },
  {
    id: 'peers-login',
    title: 'Login with tokens, Express',
    adapter: 'express',
    asksRedis: true,
    cases: [
      BARE_POST,
      kit('kit-login'),
      least('floor-login'),
      { name: 'better-auth', server: 'better-auth-login' },
    ],
  },
  {
    id: 'peers-refresh',
    title: 'Refresh, Express',
    adapter: 'express',
    asksRedis: true,
    cases: [
      BARE_POST,
      { ...kit('kit-refresh'), continues: nextRefresh },
      { ...least('floor-refresh'), continues: nextRefresh },
      { name: 'better-auth, session renewed', server: 'better-auth-refresh' },
    ],
  },
];
