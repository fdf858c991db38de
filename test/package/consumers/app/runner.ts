/**
 * The common part of jest, vitest and node:test: consumers differ in the test runner, not in the
 * tests.
 */
interface Runner {
  describe(title: string, body: () => void): void;
  it(title: string, body: () => void | Promise<void>): void;
  beforeAll(body: () => void | Promise<void>): void;
  afterAll(body: () => void | Promise<void>): void;
}

export const { describe, it, beforeAll, afterAll } = globalThis as unknown as Runner;
