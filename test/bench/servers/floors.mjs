import {
  createHmac,
  createSecretKey,
  hash,
  randomBytes,
  randomUUID,
  timingSafeEqual,
} from 'node:crypto';
import { Body, UnauthorizedException } from '@nestjs/common';
import { Redis } from 'ioredis';
import { SECRET, sessionOf, USER_AGENT, USERS } from '../settings.mjs';
import { bearerTokens } from './token-peers.mjs';

/**
 * The least code that does the same job: no validation, no deadline, no outage handling, no
 * alternatives. It shows how close a server can come to the bare one.
 */

const COOKIE = 'session=';
const DAY_SECONDS = 86_400;
const KEY = createSecretKey(SECRET, 'utf8');
const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');

/** Verified claims by the text of the header, and their expiry. */
export async function token() {
  const verified = new Map();
  return {
    guards: [
      guard((request) => {
        const claims = verified.get(request.headers.authorization);
        request.user = claims;
        return claims.exp * 1000 > Date.now();
      }),
    ],
    requests: async (_app, _url, count) => {
      const sent = bearerTokens(count);
      for (const { headers, claims } of sent) verified.set(headers.authorization, claims);
      return sent.map(({ headers }) => ({ headers }));
    },
  };
}

/** One hash, so that Redis contains no secret, one key to read, one JSON.parse. */
export async function cookie({ redisUrl }) {
  const redis = new Redis(redisUrl);
  const read = gathered((keys) => redis.mget(keys));
  return {
    guards: [
      guard(async (request) => {
        const key = keyOf(request.headers.cookie.slice(COOKIE.length));
        request.session = JSON.parse(await read(key));
        return request.session !== null;
      }),
    ],
    requests: (_app, _url, count) =>
      Promise.all(
        Array.from({ length: count }, async (_, number) => {
          const secret = randomBytes(32).toString('base64url');
          await redis.set(keyOf(secret), JSON.stringify(sessionOf(number)));
          return { headers: { cookie: `${COOKIE}${secret}` } };
        }),
      ),
  };
}

/** One HMAC over the cookie, compared in constant time. */
export async function csrf() {
  return {
    method: 'POST',
    guards: [
      guard(async ({ headers }) => {
        const expected = macOf(headers.cookie.slice(COOKIE.length));
        const presented = Buffer.from(headers['x-csrf-token'], 'base64url');
        return timingSafeEqual(presented, expected);
      }),
    ],
    requests: (_app, _url, count) =>
      Array.from({ length: count }, () => {
        const secret = randomBytes(32).toString('base64url');
        const token = macOf(secret).toString('base64url');
        return { headers: { cookie: `${COOKIE}${secret}`, 'x-csrf-token': token } };
      }),
  };
}

/** One script in Redis, two headers. */
export async function rateLimit({ redisUrl }) {
  const redis = new Redis(redisUrl);
  redis.defineCommand('count', {
    lua: `local counts = {}
for i, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
  counts[i] = {count, redis.call('PTTL', key)}
end
return counts`,
  });
  const consume = gathered((keys) => redis.count(keys.length, ...keys, 60_000));
  return {
    guards: [
      guard(async (request, response) => {
        const [count, ttlMs] = await consume(`ip:${request.ip}`);
        const node = response.raw ?? response;
        node.setHeader('RateLimit', `"default";r=${1_000_000_000 - count};t=${ttlMs}`);
        node.setHeader('RateLimit-Policy', '"default";q=1000000000;w=60');
        return count <= 1_000_000_000;
      }),
    ],
  };
}

/** Two signatures and one SET. */
export async function login({ redisUrl }) {
  const redis = pipelined(redisUrl);
  let logins = 0;
  return {
    method: 'POST',
    handle: () => opened(redis, sessionOf(logins++ % USERS)),
    requests: async () => [{ headers: { 'user-agent': USER_AGENT } }],
  };
}

/** Verify, GET, two signatures, SET. */
export async function refresh({ redisUrl }) {
  const redis = pipelined(redisUrl);
  return {
    method: 'POST',
    parameter: Body(),
    async handle({ refreshToken }) {
      const { sid, jti } = verified(refreshToken);
      const session = JSON.parse(await redis.get(`session:${sid}`));
      if (session.jti !== jti) throw new UnauthorizedException();
      return rotated(redis, sid, session);
    },
    requests: (_app, _url, count) =>
      Promise.all(
        Array.from({ length: count }, async (_, number) => {
          const { refreshToken } = await opened(redis, sessionOf(number));
          const headers = { 'content-type': 'application/json' };
          return { headers, body: JSON.stringify({ refreshToken }) };
        }),
      ),
  };
}

function opened(redis, session) {
  return rotated(redis, randomUUID(), session);
}

async function rotated(redis, sid, session) {
  const jti = randomUUID();
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { sub: session.userId, sid, iat: seconds };
  const accessToken = signed({ ...claims, ...session.claims, exp: seconds + 3600 });
  const refreshToken = signed({ ...claims, jti, exp: seconds + DAY_SECONDS });
  const record = JSON.stringify({ ...session, jti });
  await redis.set(`session:${sid}`, record, 'EX', DAY_SECONDS);
  return { accessToken, refreshToken };
}

function signed(claims) {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const input = `${HEADER}.${payload}`;
  return `${input}.${createHmac('sha256', KEY).update(input).digest('base64url')}`;
}

function verified(token) {
  const signatureAt = token.lastIndexOf('.');
  const expected = createHmac('sha256', KEY).update(token.slice(0, signatureAt)).digest();
  const given = Buffer.from(token.slice(signatureAt + 1), 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new UnauthorizedException();
  }
  const payload = token.slice(token.indexOf('.') + 1, signatureAt);
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  if (claims.exp * 1000 <= Date.now()) throw new UnauthorizedException();
  return claims;
}

function pipelined(url) {
  return new Redis(url, { enableAutoPipelining: true });
}

function guard(allows) {
  return {
    canActivate(context) {
      const http = context.switchToHttp();
      return allows(http.getRequest(), http.getResponse());
    },
  };
}

function macOf(text) {
  return createHmac('sha256', SECRET).update(text).digest();
}

function keyOf(secret) {
  return hash('sha256', secret, 'base64url');
}

/** Like the package: the keys of one turn of the event loop are sent in one command. */
function gathered(callAll) {
  let waiting = [];
  const send = async () => {
    const calls = waiting;
    waiting = [];
    const answers = await callAll(calls.map(({ key }) => key));
    calls.forEach(({ resolve }, at) => resolve(answers[at]));
  };
  return (key) =>
    new Promise((resolve) => {
      if (waiting.push({ key, resolve }) === 1) setImmediate(() => void send());
    });
}
