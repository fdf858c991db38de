import assert from 'node:assert/strict';
import { randomId } from '../../../core/random.js';
import type { Section } from '../subject.js';

const WINDOW_MS = 60_000;

/** `count`: every request is counted once, in the window of its key. */
export const counting: Section = ({ describe, it }, subject) => {
  describe('count', () => {
    it('counts the requests of a window, on every instance', async () => {
      const key = randomId();
      const counts = [
        await subject.counter.count(key, WINDOW_MS),
        await subject.peerCounter.count(key, WINDOW_MS),
        await subject.counter.count(key, WINDOW_MS),
      ];
      assert.deepEqual(
        counts.map(([count]) => count),
        [1, 2, 3],
      );
      for (const [, resetMs] of counts) assert.ok(resetMs > 0 && resetMs <= WINDOW_MS);
    });

    it('keeps keys apart', async () => {
      const key = randomId();
      for (const other of [key, `${key}:`, `${key}%`, `${key} `, key.toUpperCase()]) {
        assert.equal((await subject.counter.count(other, WINDOW_MS))[0], 1);
      }
    });

    it('loses none of many requests at once', async () => {
      const key = randomId();
      const counts = await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          (i % 2 ? subject.counter : subject.peerCounter).count(key, WINDOW_MS),
        ),
      );
      const found = counts.map(([count]) => count).toSorted((one, other) => one - other);
      assert.deepEqual(
        found,
        Array.from({ length: 100 }, (_, i) => i + 1),
      );
    });
  });
};
