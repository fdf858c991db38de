import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { afterAll, expect } from '@jest/globals';

/** Folders whose tests must never leak credentials. */
const CHECKED = ['e2e', 'security', 'resilience/concurrency', 'resilience/faults'];
/** Starts the sample as a process, whose events are not captured. */
const EXEMPT = ['e2e/sample'];

const TESTS = resolve(import.meta.dirname, '../..');
for (const folder of [...CHECKED, ...EXEMPT]) {
  assert.ok(existsSync(resolve(TESTS, folder)), `test/${folder} is listed here and does not exist`);
}
const testPath = expect.getState().testPath ?? '';
const isIn = (folder: string): boolean => testPath.startsWith(resolve(TESTS, folder) + sep);

// Loaded before each test file. The other folders start no application, plant secrets themselves or
// test loggers of their own.
if (CHECKED.some(isIn) && !EXEMPT.some(isIn)) {
  const { captureOutput } = await import('../capture-output.js');
  const { handedOut } = await import('../credentials.js');
  const { findSubstrings } = await import('../find-substrings.js');
  const { SECRET } = await import('../test-app.js');
  handedOut.add(SECRET);
  const output = captureOutput();

  afterAll(() => {
    output.stop();
    const text = output.text();
    assert.deepEqual(
      handedOut.foundIn(text),
      [],
      'credentials were logged, printed or emitted in events',
    );
    // Proves that events were captured: every session has its handle in one.
    const found = new Set(findSubstrings(text, handedOut.handles));
    const absent = handedOut.handles.filter((handle) => !found.has(handle));
    assert.deepEqual(absent, [], 'no event was captured for these sessions');
  });
}
