import * as cookieSessions from './cookie-session-peers.mjs';
import * as floors from './floors.mjs';
import * as kit from './kit.mjs';
import * as others from './other-peers.mjs';
import * as tokens from './token-peers.mjs';

/**
 * All servers, by name.
 * @type {Record<string, (context: { redisUrl: string, adapter: string }) =>
 * Promise<import('./app.mjs').Variant>>}
 */
export const VARIANTS = {
  bare: async () => ({}),
  'bare-post': async () => ({ method: 'POST' }),
  'kit-token': kit.token,
  'kit-token-slowed': kit.slowedToken,
  'kit-cookie': kit.cookie,
  'kit-cookie-cached': kit.cookieCached,
  'kit-csrf': kit.csrf,
  'kit-rate-limit': kit.rateLimit,
  'kit-login': kit.login,
  'kit-refresh': kit.refresh,
  'floor-token': floors.token,
  'floor-cookie': floors.cookie,
  'floor-login': floors.login,
  'floor-refresh': floors.refresh,
  'floor-csrf': floors.csrf,
  'floor-rate-limit': floors.rateLimit,
  'passport-jwt-string': tokens.passportJwtString,
  'passport-jwt-key-object': tokens.passportJwtKeyObject,
  'nestjs-jwt': tokens.nestjsJwt,
  'express-session': cookieSessions.expressSession,
  'fastify-session': cookieSessions.fastifySessions,
  'iron-session': cookieSessions.ironSession,
  'better-auth': cookieSessions.betterAuth,
  'better-auth-login': cookieSessions.betterAuthLogin,
  'better-auth-refresh': cookieSessions.betterAuthRefresh,
  'csrf-csrf': others.csrfCsrf,
  throttler: others.throttler,
};
