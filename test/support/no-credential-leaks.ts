import assert from 'node:assert/strict';
import { afterAll, expect } from '@jest/globals';

/** Whole suites that must not leak, whatever their tests do. */
const SUITES = /[\\/]test[\\/](e2e|browser-transport|concurrency|security|outage)[\\/]/;

// Loaded before each test file. The others start no app, plant secrets themselves or look at loggers of their own.
if (SUITES.test(expect.getState().testPath ?? '')) {
  const { overhear } = await import('./overhear.js');
  const { handedOut } = await import('./credentials.js');
  const { SECRET } = await import('./test-app.js');
  handedOut.add(SECRET);
  const overheard = overhear();

  afterAll(() => {
    overheard.stop();
    const text = overheard.text();
    assert.deepEqual(handedOut.foundIn(text), [], 'credentials were logged, printed or told');
    // Not because nobody listened: what is public was told of every session.
    const unheard = handedOut.handles.filter((handle) => !text.includes(handle));
    assert.deepEqual(unheard, [], 'nothing was heard of these sessions');
  });
}
