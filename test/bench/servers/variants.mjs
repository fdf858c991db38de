import * as cookieSessions from './cookie-session-peers.mjs';
import * as floors from './floors.mjs';
import * as kit from './kit.mjs';
import * as others from './other-peers.mjs';
import * as tokens from './token-peers.mjs';

/**
 * Every server there is, by name.
 * @type {Record<string, (context: { redisUrl: string, adapter: string }) => Promise<import('./app.mjs').Variant>>}
 */
export const VARIANTS = {
  bare: async () => ({}),
  'bare-post': async () => ({ method: 'POST' }),
  'kit-token': kit.token,
  'kit-cookie': kit.cookie,
  'kit-csrf': kit.csrf,
  'kit-rate-limit': kit.rateLimit,
  'kit-login': kit.login,
  'kit-refresh': kit.refresh,
  'floor-cookie': floors.cookie,
  'floor-csrf': floors.csrf,
  'floor-rate-limit': floors.rateLimit,
  'passport-jwt-string': tokens.passportJwtString,
  'passport-jwt-key-object': tokens.passportJwtKeyObject,
  'nestjs-jwt': tokens.nestjsJwt,
  'express-session': cookieSessions.expressSession,
  'fastify-session': cookieSessions.fastifySessions,
  'iron-session': cookieSessions.ironSession,
  'better-auth': cookieSessions.betterAuth,
  'csrf-csrf': others.csrfCsrf,
  throttler: others.throttler,
};
