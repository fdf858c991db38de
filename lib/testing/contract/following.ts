import assert from 'node:assert/strict';
import { randomId } from '../../core/random.js';
import { newHandle } from '../../sessions/handle.js';
import type { Revocation } from '../../sessions/revocation.js';
import { nextVersion } from './sample-record.js';
import { type Section, WIDE } from './subject.js';

/** One revocation of each kind, of sessions and tokens that nobody else has. */
function everyKind(): Revocation[] {
  return [
    { type: 'session', handle: newHandle(randomId()) },
    { type: 'moving', handle: newHandle(randomId()) },
    { type: 'claims', handle: newHandle(randomId()), claimsVersion: 7 },
    { type: 'token', jti: randomId() },
    { type: 'everyone', epoch: 1 },
  ];
}

const ended = (count: number): Revocation[] =>
  Array.from({ length: count }, () => ({ type: 'session', handle: newHandle('user') }));

const sorted = (revocations: readonly Revocation[]): string[] =>
  revocations.map((one) => JSON.stringify(one)).toSorted();

/** `announce`, `follow`, `epoch`: what was announced is known to all who follow, or they know that they do not know. */
export const following: Section = ({ describe, it }, subject) => {
  describe('a follower', () => {
    it('is told from when on it knows everything, before anything else', async () => {
      const follower = await subject.follower();
      assert.equal(follower.calls[0], 'reset');
      assert.ok(Number.isFinite(follower.sinceMs));
    });

    it('hears every kind of revocation as it was announced, in order, as all others do', async () => {
      const followers = [await subject.follower(), await subject.follower()];
      const [first, ...others] = everyKind();
      await subject.store.announce([first!]);
      await subject.store.announce(others);
      for (const follower of followers) {
        await subject.caughtUp(follower);
        assert.deepEqual(follower.heard, [first, ...others]);
      }
    });

    it('hears what another instance of the store announces', async () => {
      const followers = [await subject.follower(), await subject.follower(subject.peer)];
      const [mine, theirs] = [everyKind(), everyKind()];
      await subject.store.announce(mine);
      await subject.peer.announce(theirs);
      for (const follower of followers) {
        await subject.caughtUp(follower);
        assert.deepEqual(follower.heard, [...mine, ...theirs]);
      }
    });

    it('hears thousands that are announced at once', async () => {
      const follower = await subject.follower();
      const calls = [ended(2500), ended(1), ended(1000), ended(999)];
      for (const revocations of calls) await subject.store.announce(revocations);
      await subject.caughtUp(follower);
      assert.deepEqual(follower.heard, calls.flat());
    });

    it('hears all of what many announce at the same time', async () => {
      const follower = await subject.follower();
      const calls = Array.from({ length: 50 }, () => ended(3));
      await Promise.all(
        calls.map((revocations, i) => (i % 2 ? subject.store : subject.peer).announce(revocations)),
      );
      await subject.caughtUp(follower);
      assert.deepEqual(sorted(follower.heard), sorted(calls.flat()));
    });

    it('that comes late hears what was announced before, or is reset to a time after it', async () => {
      const witness = await subject.follower();
      await subject.store.announce(ended(3));
      await subject.caughtUp(witness);
      const late = await subject.follower();
      late.assertKnows(witness.announced);
    });

    it('misses nothing of what is announced while it begins', async () => {
      const witness = await subject.follower();
      const announcing = Array.from({ length: 20 }, () => subject.store.announce(ended(100)));
      const beginning = subject.follower(subject.peer);
      await Promise.all(announcing);
      const follower = await beginning;
      await Promise.all([subject.caughtUp(witness), subject.caughtUp(follower)]);
      assert.equal(witness.heard.length, 2000);
      follower.assertKnows(witness.announced);
    });

    it('is told again and again that it has caught up, and only when it has', async () => {
      const follower = await subject.follower();
      for (let round = 0; round < 3; round++) {
        const [revocation] = ended(1);
        await subject.peer.announce([revocation!]);
        await subject.caughtUp(follower);
        assert.deepEqual(follower.heard.at(-1), revocation);
        await subject.caughtUp(follower);
      }
    });

    it('hears nothing after it was closed', async () => {
      const [closed, other] = [await subject.follower(), await subject.follower()];
      await closed.close();
      const calls = closed.calls.length;
      await subject.store.announce(everyKind());
      await subject.caughtUp(other);
      await subject.caughtUp(other);
      assert.equal(closed.calls.length, calls);
      assert.deepEqual(closed.heard, []);
    });

    it('hears the epoch that the store has when it begins', async () => {
      await subject.store.epoch(3);
      const follower = await subject.follower(subject.peer);
      assert.equal(follower.epoch, 3);
    });

    it('that knows a higher epoch than the store gives it back', async () => {
      await subject.store.epoch(2);
      await subject.follower(subject.store, 5);
      assert.equal(await subject.peer.epoch(), 5);
    });
  });

  describe('epoch', () => {
    it('is 0 at first, rises when it is asked to, and never falls', async () => {
      assert.equal(await subject.store.epoch(), 0);
      assert.equal(await subject.store.epoch(0), 0);
      assert.equal(await subject.store.epoch(2), 2);
      assert.equal(await subject.peer.epoch(), 2);
      assert.equal(await subject.store.epoch(1), 2);
      assert.equal(await subject.store.epoch(10), 10);
      assert.equal(await subject.store.epoch(9), 10);
    });

    it('is the highest of what many ask for at the same time, and nobody hears of a lower one than asked', async () => {
      const asked = [4, 1, 12, 7, 3, 12, 9, 2];
      const epochs = await Promise.all(
        asked.map((atLeast, i) => (i % 2 ? subject.store : subject.peer).epoch(atLeast)),
      );
      for (const [i, epoch] of epochs.entries()) assert.ok(epoch >= asked[i]!);
      assert.equal(await subject.store.epoch(), 12);
    });
  });

  describe('deleteEveryone', () => {
    it('spares what was opened in the epoch it is told, or later', async () => {
      const old = [await subject.created({ epoch: 0 }), await subject.created({ epoch: 9 })];
      const young = [await subject.created({ epoch: 10 }), await subject.created({ epoch: 11 })];
      await subject.store.deleteEveryone(10);
      for (const record of old) await subject.assertEnded(record);
      for (const record of young) await subject.assertLives(record);
    });

    it('knows the epoch of a session that was replaced, touched and moved', async () => {
      const record = await subject.created({ epoch: 2 });
      const second = nextVersion(record);
      const moved = nextVersion(second, { handle: newHandle(record.userId) });
      await subject.store.replace(second, record.version);
      await subject.store.touch(record.handle, record.lastSeenAtMs);
      await subject.store.move(record.handle, moved, second.version);
      await subject.store.deleteEveryone(2);
      await subject.assertLives(moved);
      await subject.store.deleteEveryone(3);
      await subject.assertEnded(moved);
    });

    it('spares sessions of the new epoch that are opened while it runs', async () => {
      const { userId } = await subject.created({ epoch: 0 });
      const opening = Array.from({ length: 20 }, () => subject.record({ userId, epoch: 1 }));
      const [, ...created] = await Promise.all([
        subject.store.deleteEveryone(1),
        ...opening.map((record) => subject.store.create(record, WIDE)),
      ]);
      assert.equal(created.length, opening.length);
      for (const record of opening) await subject.assertLives(record);
    });
  });
};
