import { afterAll, beforeAll } from '@jest/globals';
import { JwtStrategy, MemorySessionStore } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { recordingStore } from '../support/recording-store.js';
import { type Adapter, startApp, type TestApp, type TestAppSetup } from '../support/test-app.js';
import { VaultController } from './vault.controller.js';

/** The app under attack, with the kit's guard and passport's. */
export function startVault(setup: TestAppSetup = {}): Promise<TestApp> {
  return startApp({ controllers: [VaultController], providers: [JwtStrategy], ...setup });
}

export type Vault = TestApp & {
  /** Names of the calls to the store. */
  readonly calls: string[];
};

/** The app under attack for the tests of the surrounding `describe`, with sessions in memory. */
export function useVault(adapter: Adapter, options: TestAppSetup['options'] = {}): Vault {
  const vault = {} as Vault;
  beforeAll(async () => {
    const clock = new FakeClock();
    const { store, calls } = recordingStore(new MemorySessionStore(clock, 10_000));
    const app = await startVault({ adapter, clock, options: { store, ...options } });
    Object.assign(vault, app, { calls });
  });
  afterAll(() => vault.close());
  return vault;
}
