import { creating } from './contract/sections/creating.js';
import { ending } from './contract/sections/ending.js';
import { subscribing } from './contract/sections/subscribing.js';
import { isolation } from './contract/sections/isolation.js';
import { moving } from './contract/sections/moving.js';
import { reading } from './contract/sections/reading.js';
import { type Section, type StoreUnderTest, Subject } from './contract/subject.js';
import { testRunner } from './contract/test-runner.js';
import { sweeping } from './contract/sections/sweeping.js';
import { touching } from './contract/sections/touching.js';
import { writing } from './contract/sections/writing.js';

const SECTIONS: readonly Section[] = [
  creating,
  reading,
  writing,
  moving,
  touching,
  ending,
  sweeping,
  subscribing,
  isolation,
];

/**
 * The contract of `SessionStore` as a suite of tests; call it in a test file of jest, vitest or mocha:
 *
 * ```ts
 * describeSessionStore('MyStore', async () => {
 *   const clock = new FakeClock();
 *   return { store: new MyStore(clock), clock, close: async () => {} };
 * });
 * ```
 *
 * @param make called before each test; returns an empty store, and its clock if a test can set it
 * @throws Error if the test runner injects no globals
 */
export function describeSessionStore(name: string, make: () => Promise<StoreUnderTest>): void {
  const runner = testRunner();
  runner.describe(`${name} keeps the contract of SessionStore`, () => {
    const subject = new Subject();
    runner.beforeEach(() => subject.open(make));
    runner.afterEach(() => subject.close());
    for (const section of SECTIONS) section(runner, subject);
  });
}
