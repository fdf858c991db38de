import assert from 'node:assert/strict';
import type { CreateOutcome, SessionLimit } from '../../../store/session-store.js';
import { sampleRecord } from '../sample-record.js';
import { handles, type Section, WIDE } from '../subject.js';

const MODES = ['evict-oldest', 'reject'] as const;

const evictedOf = (outcome: CreateOutcome): readonly string[] =>
  outcome.created ? outcome.evicted : [];

/** `create`: it is idempotent, and the limit holds under concurrency. */
export const creating: Section = ({ describe, it }, subject) => {
  describe('create', () => {
    it('adds the record to the store and to the list of its user', async () => {
      await subject.assertLives(await subject.created());
    });

    it('changes nothing if the handle exists, and reports it as created', async () => {
      const record = await subject.created();
      const again = { ...record, data: { other: true }, version: 9 };
      assert.deepEqual(await subject.store.create(again, WIDE), { created: true, evicted: [] });
      await subject.assertLives(record);
    });

    for (const onLimitReached of MODES) {
      it(`evicts nothing for a handle that exists (${onLimitReached})`, async () => {
        const records = await subject.createdInTurn(2);
        const outcome = await subject.store.create(records[1]!, { maxPerUser: 1, onLimitReached });
        assert.deepEqual(outcome, { created: true, evicted: [] });
        assert.deepEqual(await subject.handlesOf(records[0]!.userId), handles(records));
      });

      it(`does not count expired sessions (${onLimitReached})`, async () => {
        const { userId } = await subject.expired();
        const record = subject.record({ userId });
        const outcome = await subject.store.create(record, { maxPerUser: 1, onLimitReached });
        assert.deepEqual(outcome, { created: true, evicted: [] });
        await subject.assertLives(record);
      });

      it(`does not count sessions of other users (${onLimitReached})`, async () => {
        const other = await subject.created();
        const record = subject.record();
        const outcome = await subject.store.create(record, { maxPerUser: 1, onLimitReached });
        assert.deepEqual(outcome, { created: true, evicted: [] });
        await subject.assertLives(other);
      });

      it(`never leaves more sessions than the limit after 20 concurrent calls (${onLimitReached})`, async () => {
        const limit: SessionLimit = { maxPerUser: 5, onLimitReached };
        const userId = subject.record().userId;
        const records = Array.from({ length: 20 }, (_, i) =>
          subject.record({ userId, createdAtMs: subject.nowMs + (i % 7) }),
        );
        const outcomes = await Promise.all(
          records.map((record) => subject.store.create(record, limit)),
        );
        const left = await subject.handlesOf(userId);
        assert.equal(left.length, 5);
        const gone = onLimitReached === 'reject' ? [] : outcomes.flatMap(evictedOf);
        const made = records.filter((_, i) => outcomes[i]!.created);
        assert.equal(made.length, onLimitReached === 'reject' ? 5 : 20);
        assert.deepEqual([...left, ...gone].toSorted(), handles(made));
      });
    }

    it('evicts the oldest session by createdAtMs, regardless of the order of insertion', async () => {
      const nowMs = subject.nowMs;
      const newer = await subject.created({ createdAtMs: nowMs - 1000 });
      const { userId } = newer;
      const oldest = await subject.created({ userId, createdAtMs: nowMs - 3000 });
      const old = await subject.created({ userId, createdAtMs: nowMs - 2000 });
      const record = subject.record({ userId });
      const outcome = await subject.store.create(record, {
        maxPerUser: 3,
        onLimitReached: 'evict-oldest',
      });
      assert.deepEqual(outcome, { created: true, evicted: [oldest.handle] });
      await subject.assertEnded(oldest);
      assert.deepEqual(await subject.handlesOf(userId), handles([newer, old, record]));
    });

    it('evicts exactly as many sessions as needed if several are equally old', async () => {
      const createdAtMs = subject.nowMs;
      const first = await subject.created({ createdAtMs });
      const { userId } = first;
      const second = await subject.created({ userId, createdAtMs });
      const third = subject.record({ userId, createdAtMs });
      const outcome = await subject.store.create(third, {
        maxPerUser: 2,
        onLimitReached: 'evict-oldest',
      });
      const [ended, ...more] = evictedOf(outcome);
      assert.equal(more.length, 0);
      const standing = [first, second].filter(({ handle }) => handle !== ended);
      assert.equal(standing.length, 1);
      assert.deepEqual(await subject.handlesOf(userId), handles([...standing, third]));
    });

    it('evicts several sessions after the limit was lowered, the oldest first', async () => {
      const records = await subject.createdInTurn(5);
      const record = subject.record({ userId: records[0]!.userId, createdAtMs: subject.nowMs + 9 });
      const outcome = await subject.store.create(record, {
        maxPerUser: 2,
        onLimitReached: 'evict-oldest',
      });
      assert.deepEqual(evictedOf(outcome).toSorted(), handles(records.slice(0, 4)));
      assert.deepEqual(await subject.handlesOf(record.userId), handles([records[4]!, record]));
    });

    it('writes nothing and refuses a session beyond the limit with reject', async () => {
      const records = await subject.createdInTurn(2);
      const record = subject.record({ userId: records[0]!.userId });
      const outcome = await subject.store.create(record, {
        maxPerUser: 2,
        onLimitReached: 'reject',
      });
      assert.deepEqual(outcome, { created: false });
      await subject.assertEnded(record);
      assert.deepEqual(await subject.handlesOf(record.userId), handles(records));
    });

    it('creates one session for many concurrent calls with the same handle', async () => {
      const record = sampleRecord(subject.nowMs);
      const limit: SessionLimit = { maxPerUser: 1, onLimitReached: 'reject' };
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => subject.store.create(record, limit)),
      );
      for (const outcome of outcomes) assert.deepEqual(outcome, { created: true, evicted: [] });
      await subject.assertLives(record);
    });
  });
};
