/** What jest, vitest and node:test have in common: consumers differ in who runs the tests, not in the tests. */
interface Runner {
  describe(title: string, body: () => void): void;
  it(title: string, body: () => void | Promise<void>): void;
  beforeAll(body: () => void | Promise<void>): void;
  afterAll(body: () => void | Promise<void>): void;
}

export const { describe, it, beforeAll, afterAll } = globalThis as unknown as Runner;
