import assert from 'node:assert/strict';
import { newHandle } from '../../../rules/handle.js';
import type { SessionRecord } from '../../../rules/session-record.js';
import { FORWARD_MS } from '../../../store/session-store.js';
import { nextVersion } from '../sample-record.js';
import { handles, type Section, type Subject } from '../subject.js';

/**
 * Moves a session this many times, as `confirm` and `regenerate` do. Returns its record under each handle, oldest
 * first.
 */
async function movedOn(
  { store }: Subject,
  record: SessionRecord,
  times = 1,
): Promise<[SessionRecord, ...SessionRecord[]]> {
  const records: [SessionRecord, ...SessionRecord[]] = [record];
  for (let i = 0; i < times; i++) {
    const old = records.at(-1)!;
    const next = nextVersion(old, { handle: newHandle(old.userId) });
    assert.equal(await store.move(old.handle, next, old.version), true);
    records.push(next);
  }
  return records;
}

/** A session that moved is found, ended and kept by a previous handle, and used by its current one. */
export const moving: Section = ({ describe, it }, subject) => {
  describe('locate', () => {
    it('finds a session by its handle', async () => {
      const record = await subject.created();
      assert.deepEqual(await subject.store.locate(record.handle), record);
    });

    it('returns null for a handle that was never created', async () => {
      assert.equal(await subject.store.locate(newHandle('unknown-user')), null);
    });

    it('finds a session by every handle that it had', async () => {
      const records = await movedOn(subject, await subject.created(), 3);
      for (const { handle } of records) {
        assert.deepEqual(await subject.store.locate(handle), records.at(-1));
      }
    });

    it('finds a session by its first handle after 64 moves', async () => {
      const records = await movedOn(subject, await subject.created(), 64);
      assert.deepEqual(await subject.store.locate(records[0].handle), records.at(-1));
    });

    it('returns null for every handle of an ended session', async () => {
      const records = await movedOn(subject, await subject.created(), 2);
      await subject.store.deleteByUser(records[0].userId);
      for (const { handle } of records) assert.equal(await subject.store.locate(handle), null);
    });

    it('changes nothing', async () => {
      const [old, current] = await movedOn(subject, await subject.created());
      await subject.store.locate(old.handle);
      await subject.assertLives(current!);
    });
  });

  describe('a previous handle', () => {
    it('neither reads nor changes the session', async () => {
      const [old, current] = await movedOn(subject, await subject.created());
      const { handle, version } = old;
      const next = { ...current!, handle, version: current!.version + 1 };
      const further = nextVersion(current!, { handle: newHandle(old.userId) });
      assert.equal(await subject.store.read(handle), null);
      assert.equal(await subject.store.touch(handle, old.lastSeenAtMs + 1), false);
      assert.equal(await subject.store.replace(next, current!.version), false);
      assert.equal(await subject.store.move(handle, further, current!.version), false);
      assert.equal(await subject.store.move(handle, further, version), false);
      await subject.assertEnded(old);
      await subject.assertEnded(further);
      await subject.assertLives(current!);
    });

    it('ends the session, and delete returns the current handle', async () => {
      for (const moves of [1, 3]) {
        const records = await movedOn(subject, await subject.created(), moves);
        const { handle } = records[0];
        assert.equal(await subject.store.delete(handle), records.at(-1)!.handle);
        for (const record of records) await subject.assertEnded(record);
        assert.equal(await subject.store.delete(handle), null);
      }
    });

    it('ends no other session of the user', async () => {
      const [first, other] = await subject.createdInTurn(2);
      const [old] = await movedOn(subject, first!);
      await subject.store.delete(old.handle);
      assert.deepEqual(await subject.handlesOf(other!.userId), [other!.handle]);
    });

    it('keeps the session when all others of the user are ended', async () => {
      for (const moves of [1, 3]) {
        const [kept, ...others] = await subject.createdInTurn(3);
        const records = await movedOn(subject, kept!, moves);
        const ended = await subject.store.deleteByUser(kept!.userId, kept!.handle);
        assert.deepEqual(ended.toSorted(), handles(others));
        await subject.assertLives(records.at(-1)!);
      }
    });

    it('is remembered for 15 minutes', async () => {
      const [old, current] = await movedOn(subject, await subject.created());
      // Without a settable clock, the suite cannot wait that long.
      await subject.pass(subject.movesClock ? FORWARD_MS - 1 : 5);
      assert.deepEqual(await subject.store.locate(old.handle), current);
      assert.equal(await subject.store.delete(old.handle), current!.handle);
    });
  });

  const endings: [name: string, end: (record: SessionRecord) => Promise<unknown>][] = [
    ['delete', ({ handle }) => subject.store.delete(handle)],
    ['deleteByUser', ({ userId }) => subject.store.deleteByUser(userId)],
    ['deleteBeforeEpoch', () => subject.store.deleteBeforeEpoch(1)],
  ];
  for (const [name, end] of endings) {
    it(`${name} ends a session that moves concurrently`, async () => {
      for (let round = 0; round < 10; round++) {
        let record = await subject.created();
        const { userId } = record;
        const ending = end(record);
        for (let moves = 0; moves < 20; moves++) {
          const next = nextVersion(record, { handle: newHandle(userId) });
          if (!(await subject.store.move(record.handle, next, record.version))) break;
          record = next;
        }
        await ending;
        await subject.assertEnded(record);
        assert.deepEqual(await subject.store.list(userId), []);
      }
    });
  }

  it('deleteByUser keeps the excepted session although it moves concurrently', async () => {
    for (let round = 0; round < 10; round++) {
      const [kept, other] = await subject.createdInTurn(2);
      const [ended, records] = await Promise.all([
        subject.store.deleteByUser(kept!.userId, kept!.handle),
        movedOn(subject, kept!, 3),
      ]);
      assert.deepEqual(ended, [other!.handle]);
      await subject.assertLives(records.at(-1)!);
    }
  });
};
