import {
  CleanupService,
  redisBackend,
  type StoreBackend,
  type StoreContext,
  type SweepStep,
} from 'nestjs-session-kit';
import { startApp } from '../../support/test-app.js';

const { REDIS_URL: url = '', STEPS = '' } = process.env;

/** Prints each step and stops after `STEPS` of them, so that the kill always interrupts a sweep. */
async function* stopping(sweep: AsyncIterable<SweepStep>): AsyncIterable<SweepStep> {
  let steps = 0;
  for await (const step of sweep) {
    process.stdout.write(`${JSON.stringify(step)}\n`);
    if (++steps === Number(STEPS)) await new Promise(() => undefined);
    yield step;
  }
}

/** A node in a separate process that sweeps in steps of one key, for a test that kills it. */
const store = (context: StoreContext): StoreBackend => {
  const redis = redisBackend({ url }, context);
  const sweep = redis.store.sweep.bind(redis.store);
  redis.store.sweep = (options) => stopping(sweep(options));
  return redis;
};
const app = await startApp({ options: { store, cleanup: { enabled: false, batchSize: 1 } } });
await app.get(CleanupService).run();
