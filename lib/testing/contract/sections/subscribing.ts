import assert from 'node:assert/strict';
import { randomId } from '../../../core/random.js';
import { newHandle } from '../../../rules/handle.js';
import type { Revocation } from '../../../store/revocation.js';
import type { Section } from '../subject.js';

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
 * `publish`, `subscribe`: every subscriber receives all published revocations, or is notified of
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
      await subject.log.publish([first!]);
      await subject.log.publish(others);
      for (const subscriber of subscribers) {
        await subject.caughtUp(subscriber);
        assert.deepEqual(subscriber.received, [first, ...others]);
      }
    });

    it('receives the revocations that another instance of the store publishes', async () => {
      const subscribers = [await subject.subscriber(), await subject.subscriber(subject.peerLog)];
      const [mine, theirs] = [everyType(), everyType()];
      await subject.log.publish(mine);
      await subject.peerLog.publish(theirs);
      for (const subscriber of subscribers) {
        await subject.caughtUp(subscriber);
        assert.deepEqual(subscriber.received, [...mine, ...theirs]);
      }
    });

    it('receives thousands of revocations that are published at once', async () => {
      const subscriber = await subject.subscriber();
      const calls = [ended(2500), ended(1), ended(1000), ended(999)];
      for (const revocations of calls) await subject.log.publish(revocations);
      await subject.caughtUp(subscriber);
      assert.deepEqual(subscriber.received, calls.flat());
    });

    it('receives all revocations of concurrent calls', async () => {
      const subscriber = await subject.subscriber();
      const calls = Array.from({ length: 50 }, () => ended(3));
      await Promise.all(
        calls.map((revocations, i) => (i % 2 ? subject.log : subject.peerLog).publish(revocations)),
      );
      await subject.caughtUp(subscriber);
      assert.deepEqual(sorted(subscriber.received), sorted(calls.flat()));
    });

    it('receives revocations published before it subscribed, or is reset to a later time', async () => {
      const witness = await subject.subscriber();
      await subject.log.publish(ended(3));
      await subject.caughtUp(witness);
      const late = await subject.subscriber();
      late.assertKnows(witness.published);
    });

    it('misses no revocation that is published while it subscribes', async () => {
      const witness = await subject.subscriber();
      const publishing = Array.from({ length: 20 }, () => subject.log.publish(ended(100)));
      const subscribed = subject.subscriber(subject.peerLog);
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
        await subject.peerLog.publish([revocation!]);
        await subject.caughtUp(subscriber);
        assert.deepEqual(subscriber.received.at(-1), revocation);
        await subject.caughtUp(subscriber);
      }
    });

    it('receives nothing after it was closed', async () => {
      const [closed, other] = [await subject.subscriber(), await subject.subscriber()];
      await closed.close();
      const calls = closed.calls.length;
      await subject.log.publish(everyType());
      await subject.caughtUp(other);
      await subject.caughtUp(other);
      assert.equal(closed.calls.length, calls);
      assert.deepEqual(closed.received, []);
    });

    it('receives the current epoch of the store when it subscribes', async () => {
      await subject.store.raiseEpoch(3);
      const subscriber = await subject.subscriber(subject.peerLog);
      assert.equal(subscriber.epoch, 3);
    });

    it('receives an epoch that is raised, and no lower one', async () => {
      const subscriber = await subject.subscriber();
      await subject.peer.raiseEpoch(4);
      await subject.store.raiseEpoch(3);
      await subject.caughtUp(subscriber);
      assert.deepEqual(subscriber.received, [{ type: 'everyone', epoch: 4 }]);
    });

    it('raises the epoch of a store whose epoch is lower than its own', async () => {
      await subject.store.raiseEpoch(2);
      await subject.subscriber(subject.log, 5);
      assert.equal(await subject.peer.epoch(), 5);
    });
  });
};
