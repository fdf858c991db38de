import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Redis } from 'ioredis';
import { SECRET, sessionOf } from '../settings.mjs';

/**
 * The least that does the same job: no check of what is sent, no deadline, no outage, no second way to do it. How near a
 * server may come to the bare one is shown by these, not by a number somebody hoped for.
 */

const COOKIE = 'session=';

/** One hash, so that Redis holds no secret, one key to read, one JSON.parse. */
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

/** One HMAC over what is in the cookie, compared in constant time. */
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

/** As the kit does: the keys of one turn of the event loop go in one command. */
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
      if (waiting.push({ key, resolve }) === 1) setImmediate(send);
    });
}
