import assert from 'node:assert/strict';
import { afterAll, expect } from '@jest/globals';

/** Folders whose tests must never leak credentials. */
const SUITES = /[\\/]test[\\/](e2e|browser-transport|concurrency|security|outage)[\\/]/;

// Loaded before each test file. The other folders start no application, plant secrets themselves or
// test loggers of their own.
if (SUITES.test(expect.getState().testPath ?? '')) {
  const { captureOutput } = await import('../capture-output.js');
  const { handedOut } = await import('../credentials.js');
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
    const unheard = handedOut.handles.filter((handle) => !text.includes(handle));
    assert.deepEqual(unheard, [], 'no event was captured for these sessions');
  });
}
