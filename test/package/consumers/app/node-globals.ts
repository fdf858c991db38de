import { after, afterEach, before, beforeEach, describe, it } from 'node:test';

/** node:test injects no globals; the others do. */
Object.assign(globalThis, {
  describe,
  it,
  beforeEach,
  afterEach,
  beforeAll: before,
  afterAll: after,
});
