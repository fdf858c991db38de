import { creating } from './contract/creating.js';
import { ending } from './contract/ending.js';
import { following } from './contract/following.js';
import { isolation } from './contract/isolation.js';
import { moving } from './contract/moving.js';
import { reading } from './contract/reading.js';
import { type Section, type StoreUnderTest, Subject } from './contract/subject.js';
import { testRunner } from './contract/test-runner.js';
import { sweeping } from './contract/sweeping.js';
import { touching } from './contract/touching.js';
import { writing } from './contract/writing.js';

const SECTIONS: readonly Section[] = [
  creating,
  reading,
  writing,
  moving,
  touching,
  ending,
  sweeping,
  following,
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
 * @param make called before each test: an empty store, and the clock it reads where that can be moved
 * @throws Error when the test runner injects no globals
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
