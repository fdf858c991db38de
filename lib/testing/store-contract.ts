import assert from 'node:assert/strict';
import { counting } from './contract/sections/counting.js';
import { creating } from './contract/sections/creating.js';
import { ending } from './contract/sections/ending.js';
import { subscribing } from './contract/sections/subscribing.js';
import { isolation } from './contract/sections/isolation.js';
import { moving } from './contract/sections/moving.js';
import { raisingEpoch } from './contract/sections/raising-epoch.js';
import { reading } from './contract/sections/reading.js';
import {
  type OptionalPort,
  type Section,
  type StoreUnderTest,
  Subject,
} from './contract/subject.js';
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
  raisingEpoch,
  isolation,
];

/** The optional ports that a backend has; `describeSessionStore` tests these. */
export type PortsUnderTest = { readonly [Port in OptionalPort]?: boolean };

const PORT_SECTIONS: Readonly<Record<OptionalPort, Section>> = {
  revocationLog: subscribing,
  rateLimitCounter: counting,
};

/**
 * The contract of `SessionStore`, and of the optional ports of its backend, as a suite of tests. Call it in a test file
 * of jest, vitest or mocha.
 *
 * @example
 * ```ts
 * describeSessionStore('MyStore', async () => {
 *   const clock = new FakeClock();
 *   return { store: new MyStore(clock), clock, close: async () => {} };
 * });
 * ```
 *
 * @param make called before each test; returns an empty backend, and its clock if a test can set it
 * @param ports the optional ports that the backend has: `{ revocationLog: true }`
 * @throws Error if the test runner injects no globals
 */
export function describeSessionStore(
  name: string,
  make: () => Promise<StoreUnderTest>,
  ports: PortsUnderTest = {},
): void {
  const runner = testRunner();
  runner.describe(`${name} keeps the contract of SessionStore`, () => {
    const subject = new Subject();
    runner.beforeEach(() => subject.open(make));
    runner.afterEach(() => subject.close());
    for (const section of SECTIONS) section(runner, subject);
    for (const port of ['revocationLog', 'rateLimitCounter'] as const) {
      const has = ports[port] === true;
      runner.it(`${has ? 'has a' : 'has no'} ${port}`, () => {
        const hint = `pass { ${port}: ${!has} } to describeSessionStore`;
        assert.equal(subject.has(port), has, hint);
      });
      if (has) PORT_SECTIONS[port](runner, subject);
    }
  });
}
