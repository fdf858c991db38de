import assert from 'node:assert/strict';
import { newHandle } from '../../../rules/handle.js';
import { nextVersion } from '../sample-record.js';
import { type Section, WIDE } from '../subject.js';

/** `epoch`, `raiseEpoch`, `deleteBeforeEpoch`: the epoch only rises, and ends the sessions of earlier ones. */
export const raisingEpoch: Section = ({ describe, it }, subject) => {
  describe('epoch', () => {
    it('is 0 at first, rises on request, and never falls', async () => {
      assert.equal(await subject.store.epoch(), 0);
      assert.equal(await subject.store.raiseEpoch(0), 0);
      assert.equal(await subject.store.raiseEpoch(2), 2);
      assert.equal(await subject.peer.epoch(), 2);
      assert.equal(await subject.store.raiseEpoch(1), 2);
      assert.equal(await subject.store.raiseEpoch(10), 10);
      assert.equal(await subject.store.raiseEpoch(9), 10);
    });

    it('is the highest of concurrently requested ones, and no caller receives a lower one than requested', async () => {
      const asked = [4, 1, 12, 7, 3, 12, 9, 2];
      const epochs = await Promise.all(
        asked.map((atLeast, i) => (i % 2 ? subject.store : subject.peer).raiseEpoch(atLeast)),
      );
      for (const [i, epoch] of epochs.entries()) assert.ok(epoch >= asked[i]!);
      assert.equal(await subject.store.epoch(), 12);
    });
  });

  describe('deleteBeforeEpoch', () => {
    it('keeps sessions of the given epoch and of later ones', async () => {
      const old = [await subject.created({ epoch: 0 }), await subject.created({ epoch: 9 })];
      const young = [await subject.created({ epoch: 10 }), await subject.created({ epoch: 11 })];
      await subject.store.deleteBeforeEpoch(10);
      for (const record of old) await subject.assertEnded(record);
      for (const record of young) await subject.assertLives(record);
    });

    it('uses the epoch of a session that was replaced, touched and moved', async () => {
      const record = await subject.created({ epoch: 2 });
      const second = nextVersion(record);
      const moved = nextVersion(second, { handle: newHandle(record.userId) });
      await subject.store.replace(second, record.version);
      await subject.store.touch(record.handle, record.lastSeenAtMs);
      await subject.store.move(record.handle, moved, second.version);
      await subject.store.deleteBeforeEpoch(2);
      await subject.assertLives(moved);
      await subject.store.deleteBeforeEpoch(3);
      await subject.assertEnded(moved);
    });

    it('keeps sessions of the new epoch that are created while it runs', async () => {
      const { userId } = await subject.created({ epoch: 0 });
      const records = Array.from({ length: 20 }, () => subject.record({ userId, epoch: 1 }));
      const [, ...created] = await Promise.all([
        subject.store.deleteBeforeEpoch(1),
        ...records.map((record) => subject.store.create(record, WIDE)),
      ]);
      assert.equal(created.length, records.length);
      for (const record of records) await subject.assertLives(record);
    });
  });
};
