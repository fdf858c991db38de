import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { memoryBackend, type SessionModuleExtras, type SessionOptions } from 'nestjs-session-kit';
import { JwtStrategy } from 'nestjs-session-kit/passport';
import { FakeClock } from 'nestjs-session-kit/testing';
import { recordingStore } from '../recording-store.js';
import { type Adapter, startApp, type TestApp, type TestAppSetup } from '../test-app.js';
import { AttackTargetController } from './attack-target.controller.js';

/** The application under attack, with the guards of the package and of Passport. */
export function startAttackTarget(setup: TestAppSetup = {}): Promise<TestApp> {
  return startApp({ controllers: [AttackTargetController], providers: [JwtStrategy], ...setup });
}

/** Starts applications within a test, and closes them after it, also if it fails. */
export function useAttackTargets(): (setup: TestAppSetup) => Promise<TestApp> {
  const started: TestApp[] = [];
  afterEach(async () => {
    for (const target of started.splice(0)) await target.close();
  });
  return async (setup) => {
    const target = await startAttackTarget(setup);
    started.push(target);
    return target;
  };
}

export type AttackTarget = TestApp & {
  /** Names of the calls to the store. */
  readonly calls: string[];
};

/**
 * The application under attack for the tests of the surrounding `describe`, with sessions in
 * memory.
 */
export function useAttackTarget(
  adapter: Adapter,
  options: SessionOptions & SessionModuleExtras = {},
): AttackTarget {
  const target = {} as AttackTarget;
  beforeAll(async () => {
    const clock = new FakeClock();
    const { store, calls } = recordingStore(memoryBackend({ clock, maxSessions: 10_000 }));
    const app = await startAttackTarget({
      adapter,
      clock,
      options: {
        store,
        rateLimit: false,
        ...options,
        // Tests count the reads of the store.
        revocation: { check: 'store', ...options.revocation },
      },
    });
    Object.assign(target, app, { calls });
  });
  afterAll(() => target.close());
  return target;
}
