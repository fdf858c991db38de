import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Redis } from 'ioredis';
import { SECRET, sessionOf } from '../settings.mjs';

/**
 * The least that does the same job: no check of what is sent, no deadline, no outage, no second way to do it. How near a
 * server may come to the bare one is shown by these, not by a number somebody hoped for.
 */

const COOKIE = 'session=';

/** One hash, so that Redis holds no secret, one GET, one JSON.parse. */
export async function cookie({ redisUrl }) {
  const redis = new Redis(redisUrl);
  return {
    guards: [
      guard(async (request) => {
        const key = keyOf(request.headers.cookie.slice(COOKIE.length));
        gatherWrites(redis.stream);
        request.session = JSON.parse(await redis.get(key));
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
    numberOfKeys: 1,
    lua: `local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}`,
  });
  return {
    guards: [
      guard(async (request, response) => {
        gatherWrites(redis.stream);
        const [count, ttlMs] = await redis.count(`ip:${request.ip}`, 60_000);
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

/** As the kit does: commands of one turn of the event loop leave in one write. */
function gatherWrites(stream) {
  if (!stream || stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
