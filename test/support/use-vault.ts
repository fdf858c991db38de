import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { memoryBackend } from 'nestjs-session-kit';
import { JwtStrategy } from 'nestjs-session-kit/passport';
import { FakeClock } from 'nestjs-session-kit/testing';
import { recordingStore } from './recording-store.js';
import { type Adapter, startApp, type TestApp, type TestAppSetup } from './test-app.js';
import { VaultController } from './apps/vault.controller.js';

/** The application under attack, with the guards of the package and of Passport. */
export function startVault(setup: TestAppSetup = {}): Promise<TestApp> {
  return startApp({ controllers: [VaultController], providers: [JwtStrategy], ...setup });
}

/** Starts applications within a test, and closes them after it, also if it fails. */
export function useVaults(): (setup: TestAppSetup) => Promise<TestApp> {
  const started: TestApp[] = [];
  afterEach(async () => {
    for (const vault of started.splice(0)) await vault.close();
  });
  return async (setup) => {
    const vault = await startVault(setup);
    started.push(vault);
    return vault;
  };
}

export type Vault = TestApp & {
  /** Names of the calls to the store. */
  readonly calls: string[];
};

/**
 * The application under attack for the tests of the surrounding `describe`, with sessions in
 * memory.
 */
export function useVault(adapter: Adapter, options: TestAppSetup['options'] = {}): Vault {
  const vault = {} as Vault;
  beforeAll(async () => {
    const clock = new FakeClock();
    const { store, calls } = recordingStore(memoryBackend({ clock, maxSessions: 10_000 }));
    const app = await startVault({
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
    Object.assign(vault, app, { calls });
  });
  afterAll(() => vault.close());
  return vault;
}
