import assert from 'node:assert/strict';
import { randomId } from '../../../core/random.js';
import { newHandle } from '../../../rules/handle.js';
import type { Revocation } from '../../../store/revocation.js';
import { nextVersion } from '../sample-record.js';
import { type Section, WIDE } from '../subject.js';

/** Returns one revocation of each type, with unique sessions and tokens. */
function everyType(): Revocation[] {
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
  describe('a subscriber', () => {
    it('receives the time from which on it is complete before any other call', async () => {
      const subscriber = await subject.subscriber();
      assert.equal(subscriber.calls[0], 'onReset');
      assert.ok(Number.isFinite(subscriber.sinceMs));
    });

    it('receives every type of revocation as published, in order, like all other subscribers', async () => {
      const subscribers = [await subject.subscriber(), await subject.subscriber()];
      const [first, ...others] = everyType();
      await subject.store.publish([first!]);
      await subject.store.publish(others);
      for (const subscriber of subscribers) {
        await subject.caughtUp(subscriber);
        assert.deepEqual(subscriber.received, [first, ...others]);
      }
    });

    it('receives the revocations that another instance of the store publishes', async () => {
      const subscribers = [await subject.subscriber(), await subject.subscriber(subject.peer)];
      const [mine, theirs] = [everyType(), everyType()];
      await subject.store.publish(mine);
      await subject.peer.publish(theirs);
      for (const subscriber of subscribers) {
        await subject.caughtUp(subscriber);
        assert.deepEqual(subscriber.received, [...mine, ...theirs]);
      }
    });

    it('receives thousands of revocations that are published at once', async () => {
      const subscriber = await subject.subscriber();
      const calls = [ended(2500), ended(1), ended(1000), ended(999)];
      for (const revocations of calls) await subject.store.publish(revocations);
      await subject.caughtUp(subscriber);
      assert.deepEqual(subscriber.received, calls.flat());
    });

    it('receives all revocations of concurrent calls', async () => {
      const subscriber = await subject.subscriber();
      const calls = Array.from({ length: 50 }, () => ended(3));
      await Promise.all(
        calls.map((revocations, i) => (i % 2 ? subject.store : subject.peer).publish(revocations)),
      );
      await subject.caughtUp(subscriber);
      assert.deepEqual(sorted(subscriber.received), sorted(calls.flat()));
    });

    it('receives revocations published before it subscribed, or is reset to a later time', async () => {
      const witness = await subject.subscriber();
      await subject.store.publish(ended(3));
      await subject.caughtUp(witness);
      const late = await subject.subscriber();
      late.assertKnows(witness.published);
    });

    it('misses no revocation that is published while it subscribes', async () => {
      const witness = await subject.subscriber();
      const publishing = Array.from({ length: 20 }, () => subject.store.publish(ended(100)));
      const subscribed = subject.subscriber(subject.peer);
      await Promise.all(publishing);
      const subscriber = await subscribed;
      await Promise.all([subject.caughtUp(witness), subject.caughtUp(subscriber)]);
      assert.equal(witness.received.length, 2000);
      subscriber.assertKnows(witness.published);
    });

    it('is notified repeatedly that it has caught up, and only if it has', async () => {
      const subscriber = await subject.subscriber();
      for (let round = 0; round < 3; round++) {
        const [revocation] = ended(1);
        await subject.peer.publish([revocation!]);
        await subject.caughtUp(subscriber);
        assert.deepEqual(subscriber.received.at(-1), revocation);
        await subject.caughtUp(subscriber);
      }
    });

    it('receives nothing after it was closed', async () => {
      const [closed, other] = [await subject.subscriber(), await subject.subscriber()];
      await closed.close();
      const calls = closed.calls.length;
      await subject.store.publish(everyType());
      await subject.caughtUp(other);
      await subject.caughtUp(other);
      assert.equal(closed.calls.length, calls);
      assert.deepEqual(closed.received, []);
    });

    it('receives the current epoch of the store when it subscribes', async () => {
      await subject.store.raiseEpoch(3);
      const subscriber = await subject.subscriber(subject.peer);
      assert.equal(subscriber.epoch, 3);
    });

    it('raises the epoch of a store whose epoch is lower than its own', async () => {
      await subject.store.raiseEpoch(2);
      await subject.subscriber(subject.store, 5);
      assert.equal(await subject.peer.epoch(), 5);
    });
  });

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
