import assert from 'node:assert/strict';
import { newHandle } from '../../../rules/handle.js';
import { nextVersion } from '../sample-record.js';
import { handles, type Section } from '../subject.js';

/** `delete`, `deleteByUser`, `deleteBeforeEpoch`: they remove every trace of the ended sessions, and nothing else. */
export const ending: Section = ({ describe, it }, subject) => {
  describe('delete', () => {
    it('ends the session, once', async () => {
      const record = await subject.created();
      assert.equal(await subject.store.delete(record.handle), record.handle);
      await subject.assertEnded(record);
      assert.equal(await subject.store.delete(record.handle), null);
    });

    it('keeps the other sessions of the user', async () => {
      const [first, ...others] = await subject.createdInTurn(3);
      await subject.store.delete(first!.handle);
      assert.deepEqual(await subject.handlesOf(first!.userId), handles(others));
    });

    it('reports to exactly one of ten concurrent callers that it ended the session', async () => {
      const { handle } = await subject.created();
      const ended = await Promise.all(
        Array.from({ length: 10 }, () => subject.store.delete(handle)),
      );
      assert.deepEqual(
        ended.filter((one) => one !== null),
        [handle],
      );
    });

    it('returns null for a handle that was never created', async () => {
      assert.equal(await subject.store.delete(newHandle('unknown-user')), null);
    });

    it('takes precedence over every concurrent write', async () => {
      for (let round = 0; round < 10; round++) {
        const record = await subject.created();
        const { handle, version, lastSeenAtMs } = record;
        await Promise.all([
          subject.store.replace(nextVersion(record), version),
          subject.store.touch(handle, lastSeenAtMs + 1),
          subject.store.delete(handle),
          subject.store.replace(nextVersion(record), version),
          subject.store.touch(handle, lastSeenAtMs + 2),
        ]);
        await subject.assertEnded(record);
      }
    });
  });

  describe('deleteByUser', () => {
    it('ends all sessions of the user and returns their handles', async () => {
      const records = await subject.createdInTurn(3);
      const { userId } = records[0]!;
      const ended = await subject.store.deleteByUser(userId);
      assert.deepEqual(ended.toSorted(), handles(records));
      for (const record of records) await subject.assertEnded(record);
      assert.deepEqual(await subject.store.deleteByUser(userId), []);
    });

    it('keeps the excepted session', async () => {
      const [first, kept, last] = await subject.createdInTurn(3);
      const ended = await subject.store.deleteByUser(kept!.userId, kept!.handle);
      assert.deepEqual(ended.toSorted(), handles([first!, last!]));
      await subject.assertLives(kept!);
      assert.deepEqual(await subject.handlesOf(kept!.userId), [kept!.handle]);
    });

    it('ends all sessions of the user if the excepted one belongs to another user', async () => {
      const records = await subject.createdInTurn(2);
      const other = await subject.created();
      const ended = await subject.store.deleteByUser(records[0]!.userId, other.handle);
      assert.deepEqual(ended.toSorted(), handles(records));
      await subject.assertLives(other);
    });

    it('keeps the sessions of other users', async () => {
      const { userId } = await subject.created();
      const other = await subject.created();
      await subject.store.deleteByUser(userId);
      await subject.assertLives(other);
    });

    it('ends nothing for a user without sessions', async () => {
      assert.deepEqual(await subject.store.deleteByUser('unknown-user'), []);
    });

    it('ends sessions that were touched, replaced and moved before', async () => {
      const [touched, replaced, old] = await subject.createdInTurn(3);
      const moved = nextVersion(old!, { handle: newHandle(old!.userId) });
      await subject.store.touch(touched!.handle, touched!.lastSeenAtMs + 1);
      await subject.store.replace(nextVersion(replaced!), replaced!.version);
      await subject.store.move(old!.handle, moved, old!.version);
      const ended = await subject.store.deleteByUser(old!.userId);
      assert.deepEqual(ended.toSorted(), handles([touched!, replaced!, moved]));
      assert.equal(await subject.store.read(moved.handle), null);
    });

    it('lets the user create a session again', async () => {
      const { userId } = await subject.created();
      await subject.store.deleteByUser(userId);
      await subject.assertLives(await subject.created({ userId }));
    });
  });

  describe('deleteBeforeEpoch', () => {
    it('ends every session of every user', async () => {
      const records = [...(await subject.createdInTurn(3)), ...(await subject.createdInTurn(2))];
      await subject.store.deleteBeforeEpoch(1);
      for (const record of records) await subject.assertEnded(record);
    });

    it('lets users create sessions again', async () => {
      const { userId } = await subject.created();
      await subject.store.deleteBeforeEpoch(1);
      await subject.assertLives(await subject.created({ userId }));
    });

    it('keeps no session that the list misses while users log in', async () => {
      const { userId } = await subject.created();
      const deleting = subject.store.deleteBeforeEpoch(1);
      const opening = Array.from({ length: 50 }, () => subject.created({ userId }));
      await deleting;
      const records = await Promise.all(opening);
      const read = await Promise.all(records.map(({ handle }) => subject.store.read(handle)));
      const alive = read.filter((record) => record !== null);
      assert.deepEqual(await subject.handlesOf(userId), handles(alive));
    });
  });

  describe('ping', () => {
    it('resolves if the store answers', async () => {
      assert.equal(await subject.store.ping(), undefined);
    });
  });
};
