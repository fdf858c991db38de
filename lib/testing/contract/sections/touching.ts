import assert from 'node:assert/strict';
import { nextVersion } from '../sample-record.js';
import type { Section } from '../subject.js';

/** `touch`: it raises lastSeenAtMs and changes nothing else. */
export const touching: Section = ({ describe, it }, subject) => {
  describe('touch', () => {
    it('raises lastSeenAtMs and changes nothing else', async () => {
      const record = await subject.created();
      const lastSeenAtMs = record.lastSeenAtMs + 1234;
      assert.equal(await subject.store.touch(record.handle, lastSeenAtMs), true);
      await subject.assertLives({ ...record, lastSeenAtMs });
    });

    it('keeps the version, so that a concurrent replace still succeeds', async () => {
      const record = await subject.created();
      await subject.store.touch(record.handle, record.lastSeenAtMs + 1);
      assert.equal(await subject.store.replace(nextVersion(record), record.version), true);
    });

    it('never lowers lastSeenAtMs', async () => {
      const record = await subject.created();
      assert.equal(await subject.store.touch(record.handle, record.lastSeenAtMs - 1000), true);
      await subject.assertLives(record);
    });

    it('keeps the latest time of concurrent calls', async () => {
      const record = await subject.created();
      const times = [5, 9, 2, 7, 1, 8, 3].map((more) => record.lastSeenAtMs + more);
      await Promise.all(times.map((time) => subject.store.touch(record.handle, time)));
      await subject.assertLives({ ...record, lastSeenAtMs: record.lastSeenAtMs + 9 });
    });

    it('extends the session', async () => {
      const idleTimeoutMs = subject.shortLifeMs;
      const record = await subject.created({ idleTimeoutMs });
      const lastSeenAtMs = record.lastSeenAtMs + idleTimeoutMs * 10;
      await subject.store.touch(record.handle, lastSeenAtMs);
      await subject.pass(idleTimeoutMs + 1);
      await subject.assertLives({ ...record, lastSeenAtMs });
    });

    it('makes the session count longer for the limit', async () => {
      const idleTimeoutMs = subject.shortLifeMs;
      const record = await subject.created({ idleTimeoutMs });
      await subject.store.touch(record.handle, record.lastSeenAtMs + idleTimeoutMs * 10);
      await subject.pass(idleTimeoutMs + 1);
      const next = subject.record({ userId: record.userId });
      const outcome = await subject.store.create(next, { maxPerUser: 1, onLimitReached: 'reject' });
      assert.deepEqual(outcome, { created: false });
    });

    it('does not restore an ended session', async () => {
      const record = await subject.created();
      await subject.store.delete(record.handle);
      assert.equal(await subject.store.touch(record.handle, record.lastSeenAtMs + 1), false);
      await subject.assertEnded(record);
    });

    it('does not restore an expired session', async () => {
      const record = await subject.expired();
      assert.equal(await subject.store.touch(record.handle, subject.nowMs), false);
    });
  });
};
