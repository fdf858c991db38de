import { join, resolve } from 'node:path';

export const HERE = import.meta.dirname;
export const ROOT = resolve(HERE, '../..');
export const RESULTS = join(HERE, 'results');

/** The `revocation.check` of the package in the token rows. */
export const REVOCATION_CHECK = 'feed';

/** The measured process has a core for itself; load, Redis and this process share another. */
export const MEASURED_CORE = 0;
export const OTHER_CORE = 1;

export const SECRET = 'k9Jx0uV1mYb3Qe7TzR5wLpA2sD4fG6hH8jK0lZxCvBn';

export const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** The users who log in, one after the other. */
export const USERS = 20_000;

/** The session that each package stores. */
export function sessionOf(number) {
  return {
    userId: `user-${number}`,
    claims: { email: `user-${number}@example.com`, role: 'user' },
    device: { ip: '203.0.113.7', userAgent: USER_AGENT },
  };
}

/** Requests of one block: at least 2,000. On Express they take six times as long. */
export const BLOCK_REQUESTS = { express: 2000, fastify: 4000 };
/** Requests until a server is warm: before that V8 still compiles, and longest for large code. */
const WARM_UP = { express: 15_000, fastify: 60_000 };

/** Shortens a trial run: `BENCH_ROUNDS=0.1`. Nothing is recorded then. */
const SHARE_OF_ROUNDS = Number(process.env.BENCH_ROUNDS ?? 1);
export const IS_SHORTENED = SHARE_OF_ROUNDS < 1;
export function shortened(rounds, least = 2) {
  return Math.max(least, Math.round(rounds * SHARE_OF_ROUNDS));
}
export const WARM_UP_REQUESTS = {
  express: shortened(WARM_UP.express),
  fastify: shortened(WARM_UP.fastify),
};
