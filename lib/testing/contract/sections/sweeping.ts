import assert from 'node:assert/strict';
import type { SweepStep } from '../../../store/session-store.js';
import type { Section, Subject } from '../subject.js';

/** Runs a sweep to its end. */
async function swept(
  subject: Subject,
  { batchSize = 10, signal = new AbortController().signal } = {},
): Promise<SweepStep[]> {
  const steps: SweepStep[] = [];
  for await (const step of subject.store.sweep({ batchSize, signal })) steps.push(step);
  return steps;
}

function found(steps: readonly SweepStep[]): number {
  return steps.reduce((total, step) => {
    assert.ok(!('skipped' in step), 'no other node sweeps');
    for (const count of [step.scannedKeys, step.removedSessions, step.prunedIndexEntries]) {
      assert.ok(Number.isSafeInteger(count) && count >= 0, `${count} is a number of keys`);
    }
    return total + step.removedSessions + step.prunedIndexEntries;
  }, 0);
}

/** `sweep`: it removes the remains of expired sessions, and nothing of a live session. */
export const sweeping: Section = ({ describe, it }, subject) => {
  describe('sweep', () => {
    it('removes the remains of expired sessions, so that the next sweep finds none', async () => {
      const expired = await subject.expired();
      const { userId } = expired;
      const alive = await subject.createdInTurn(3, { userId });
      found(await swept(subject));
      await subject.assertEnded(expired);
      for (const record of alive) await subject.assertLives(record);
      assert.equal(found(await swept(subject)), 0);
    });

    it('leaves live sessions alone, including those with less than five minutes left', async () => {
      const { userId, ...first } = await subject.created({ idleTimeoutMs: 299_000 });
      const byAbsolute = { absoluteExpiresAtMs: subject.nowMs + 60_000 };
      const second = await subject.created({ userId, ...byAbsolute });
      const other = await subject.created({ idleTimeoutMs: 60_000 });
      assert.equal(found(await swept(subject)), 0);
      for (const record of [{ userId, ...first }, second, other]) await subject.assertLives(record);
    });

    it('runs in steps and ends between two of them when it is aborted', async () => {
      const records = await Promise.all(Array.from({ length: 30 }, () => subject.created()));
      assert.ok((await swept(subject, { batchSize: 1 })).length > 1);
      const stop = new AbortController();
      let steps = 0;
      for await (const step of subject.store.sweep({ batchSize: 1, signal: stop.signal })) {
        assert.ok(!('skipped' in step));
        steps++;
        stop.abort();
      }
      assert.equal(steps, 1);
      for (const record of records) await subject.assertLives(record);
    });

    it('can run again after it was aborted', async () => {
      await subject.expired();
      await subject.created();
      await swept(subject, { signal: AbortSignal.abort() });
      found(await swept(subject));
      assert.equal(found(await swept(subject)), 0);
    });

    it('keeps sessions that are created and used while it runs', async () => {
      await subject.expired();
      const early = await Promise.all(Array.from({ length: 10 }, () => subject.created()));
      const [, late] = await Promise.all([
        swept(subject, { batchSize: 1 }),
        Promise.all(early.map(({ userId }) => subject.created({ userId }))),
      ]);
      for (const record of [...early, ...late]) await subject.assertLives(record);
    });

    it('finds nothing in an empty store', async () => {
      assert.equal(found(await swept(subject)), 0);
    });
  });
};
