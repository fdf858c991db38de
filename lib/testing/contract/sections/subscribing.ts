import assert from 'node:assert/strict';
import { randomId } from '../../../core/random.js';
import { newHandle } from '../../../rules/handle.js';
import type { Revocation } from '../../../store/revocation.js';
import { nextVersion } from '../sample-record.js';
import { type Section, WIDE } from '../subject.js';

/** Returns one revocation of each kind, with unique sessions and tokens. */
function everyKind(): Revocation[] {
  return [
    { type: 'session', handle: newHandle(randomId()) },
    { type: 'recheck', handle: newHandle(randomId()) },
    { type: 'claims', handle: newHandle(randomId()), claimsVersion: 7 },
    { type: 'token', jti: randomId() },
    { type: 'everyone', epoch: 1 },
  ];
}

const ended = (count: number): Revocation[] =>
  Array.from({ length: count }, () => ({ type: 'session', handle: newHandle('user') }));

const sorted = (revocations: readonly Revocation[]): string[] =>
  revocations.map((one) => JSON.stringify(one)).toSorted();

/**
 * `publish`, `subscribe`, `epoch`, `raiseEpoch`: every subscriber receives all published revocations, or is notified of
 * a gap.
 */
export const subscribing: Section = ({ describe, it }, subject) => {
  describe('a follower', () => {
    it('is told from when on it knows everything, before anything else', async () => {
      const subscriber = await subject.subscriber();
      assert.equal(subscriber.calls[0], 'onReset');
      assert.ok(Number.isFinite(subscriber.sinceMs));
    });

    it('hears every kind of revocation as it was announced, in order, as all others do', async () => {
      const followers = [await subject.subscriber(), await subject.subscriber()];
      const [first, ...others] = everyKind();
      await subject.store.publish([first!]);
      await subject.store.publish(others);
      for (const subscriber of followers) {
        await subject.caughtUp(subscriber);
        assert.deepEqual(subscriber.received, [first, ...others]);
      }
    });

    it('hears what another instance of the store announces', async () => {
      const followers = [await subject.subscriber(), await subject.subscriber(subject.peer)];
      const [mine, theirs] = [everyKind(), everyKind()];
      await subject.store.publish(mine);
      await subject.peer.publish(theirs);
      for (const subscriber of followers) {
        await subject.caughtUp(subscriber);
        assert.deepEqual(subscriber.received, [...mine, ...theirs]);
      }
    });

    it('hears thousands that are announced at once', async () => {
      const subscriber = await subject.subscriber();
      const calls = [ended(2500), ended(1), ended(1000), ended(999)];
      for (const revocations of calls) await subject.store.publish(revocations);
      await subject.caughtUp(subscriber);
      assert.deepEqual(subscriber.received, calls.flat());
    });

    it('hears all of what many announce at the same time', async () => {
      const subscriber = await subject.subscriber();
      const calls = Array.from({ length: 50 }, () => ended(3));
      await Promise.all(
        calls.map((revocations, i) => (i % 2 ? subject.store : subject.peer).publish(revocations)),
      );
      await subject.caughtUp(subscriber);
      assert.deepEqual(sorted(subscriber.received), sorted(calls.flat()));
    });

    it('that comes late hears what was announced before, or is reset to a time after it', async () => {
      const witness = await subject.subscriber();
      await subject.store.publish(ended(3));
      await subject.caughtUp(witness);
      const late = await subject.subscriber();
      late.assertKnows(witness.published);
    });

    it('misses nothing of what is announced while it begins', async () => {
      const witness = await subject.subscriber();
      const announcing = Array.from({ length: 20 }, () => subject.store.publish(ended(100)));
      const beginning = subject.subscriber(subject.peer);
      await Promise.all(announcing);
      const subscriber = await beginning;
      await Promise.all([subject.caughtUp(witness), subject.caughtUp(subscriber)]);
      assert.equal(witness.received.length, 2000);
      subscriber.assertKnows(witness.published);
    });

    it('is told again and again that it has caught up, and only when it has', async () => {
      const subscriber = await subject.subscriber();
      for (let round = 0; round < 3; round++) {
        const [revocation] = ended(1);
        await subject.peer.publish([revocation!]);
        await subject.caughtUp(subscriber);
        assert.deepEqual(subscriber.received.at(-1), revocation);
        await subject.caughtUp(subscriber);
      }
    });

    it('hears nothing after it was closed', async () => {
      const [closed, other] = [await subject.subscriber(), await subject.subscriber()];
      await closed.close();
      const calls = closed.calls.length;
      await subject.store.publish(everyKind());
      await subject.caughtUp(other);
      await subject.caughtUp(other);
      assert.equal(closed.calls.length, calls);
      assert.deepEqual(closed.received, []);
    });

    it('hears the epoch that the store has when it begins', async () => {
      await subject.store.raiseEpoch(3);
      const subscriber = await subject.subscriber(subject.peer);
      assert.equal(subscriber.epoch, 3);
    });

    it('that knows a higher epoch than the store gives it back', async () => {
      await subject.store.raiseEpoch(2);
      await subject.subscriber(subject.store, 5);
      assert.equal(await subject.peer.epoch(), 5);
    });
  });

  describe('epoch', () => {
    it('is 0 at first, rises when it is asked to, and never falls', async () => {
      assert.equal(await subject.store.epoch(), 0);
      assert.equal(await subject.store.raiseEpoch(0), 0);
      assert.equal(await subject.store.raiseEpoch(2), 2);
      assert.equal(await subject.peer.epoch(), 2);
      assert.equal(await subject.store.raiseEpoch(1), 2);
      assert.equal(await subject.store.raiseEpoch(10), 10);
      assert.equal(await subject.store.raiseEpoch(9), 10);
    });

    it('is the highest of what many ask for at the same time, and nobody hears of a lower one than asked', async () => {
      const asked = [4, 1, 12, 7, 3, 12, 9, 2];
      const epochs = await Promise.all(
        asked.map((atLeast, i) => (i % 2 ? subject.store : subject.peer).raiseEpoch(atLeast)),
      );
      for (const [i, epoch] of epochs.entries()) assert.ok(epoch >= asked[i]!);
      assert.equal(await subject.store.epoch(), 12);
    });
  });

  describe('deleteBeforeEpoch', () => {
    it('spares what was opened in the epoch it is told, or later', async () => {
      const old = [await subject.created({ epoch: 0 }), await subject.created({ epoch: 9 })];
      const young = [await subject.created({ epoch: 10 }), await subject.created({ epoch: 11 })];
      await subject.store.deleteBeforeEpoch(10);
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
      await subject.store.deleteBeforeEpoch(2);
      await subject.assertLives(moved);
      await subject.store.deleteBeforeEpoch(3);
      await subject.assertEnded(moved);
    });

    it('spares sessions of the new epoch that are opened while it runs', async () => {
      const { userId } = await subject.created({ epoch: 0 });
      const opening = Array.from({ length: 20 }, () => subject.record({ userId, epoch: 1 }));
      const [, ...created] = await Promise.all([
        subject.store.deleteBeforeEpoch(1),
        ...opening.map((record) => subject.store.create(record, WIDE)),
      ]);
      assert.equal(created.length, opening.length);
      for (const record of opening) await subject.assertLives(record);
    });
  });
};
