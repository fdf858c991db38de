import {
  CleanupService,
  Clock,
  RedisSessionStore,
  type SweepOptions,
  type SweepStep,
} from 'nestjs-session-kit';
import { startApp } from '../../support/test-app.js';

const { REDIS_URL: url = '', STEPS = '' } = process.env;

/** Prints each step and stops after `STEPS` of them, so that the kill always interrupts a sweep. */
class StoppingStore extends RedisSessionStore {
  override async *sweep(options: SweepOptions): AsyncIterable<SweepStep> {
    let steps = 0;
    for await (const step of super.sweep(options)) {
      process.stdout.write(`${JSON.stringify(step)}\n`);
      if (++steps === Number(STEPS)) await new Promise(() => undefined);
      yield step;
    }
  }
}

/** A node in a separate process that sweeps in steps of one key, for a test that kills it. */
const store = new StoppingStore({ url }, 'sk:', new Clock());
const app = await startApp({ options: { store, cleanup: { enabled: false, batchSize: 1 } } });
await app.get(CleanupService).run();
