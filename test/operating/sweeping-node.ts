import {
  CleanupService,
  Clock,
  RedisSessionStore,
  type SweepOptions,
  type SweepStep,
} from 'nestjs-session-kit';
import { startApp } from '../support/test-app.js';

const { REDIS_URL: url = '', STEPS = '' } = process.env;

/** Writes down each step, and after so many of them does nothing more: whenever the kill comes, it is in the middle. */
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

/** An instance of an app in a process of its own, for a test that kills it: it sweeps in steps of one key. */
const store = new StoppingStore({ url }, 'sk:', new Clock());
const app = await startApp({ options: { store, cleanup: { enabled: false, batchSize: 1 } } });
await app.get(CleanupService).run();
