/** The globals of a test runner that the suite uses: the same in jest, vitest, mocha and Jasmine. */
export interface TestRunner {
  describe(title: string, body: () => void): void;
  it(title: string, body: () => void | Promise<void>): void;
  beforeEach(body: () => void | Promise<void>): void;
  afterEach(body: () => void | Promise<void>): void;
}

const GLOBALS = ['describe', 'it', 'beforeEach', 'afterEach'] as const;

/**
 * Returns the current test runner; none is imported, so that the suite does not require any of them.
 * @throws Error if the runner injects no globals
 */
export function testRunner(): TestRunner {
  const runner = globalThis as unknown as Partial<TestRunner>;
  const missing = GLOBALS.filter((name) => typeof runner[name] !== 'function');
  if (missing.length === 0) return runner as TestRunner;
  throw new Error(
    `describeSessionStore needs the global ${missing.join(', ')} of a test runner: call it in a test file, with test.globals in vitest, with injectGlobals (the default) in jest`,
  );
}
