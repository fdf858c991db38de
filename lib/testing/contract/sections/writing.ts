import assert from 'node:assert/strict';
import { newHandle } from '../../../rules/handle.js';
import { nextVersion } from '../sample-record.js';
import type { SessionRecord } from '../../../rules/session-record.js';
import { handles, type Section, type Subject } from '../subject.js';

/** Returns the same session under another handle, as `regenerate` writes it. */
function moved(record: SessionRecord): SessionRecord {
  return nextVersion(record, { handle: newHandle(record.userId) });
}

/** Both compare-and-set methods, so that common tests are written once. */
const WRITES: readonly [
  name: string,
  next: (record: SessionRecord) => SessionRecord,
  write: (
    subject: Subject,
    old: SessionRecord,
    next: SessionRecord,
    at?: number,
  ) => Promise<boolean>,
][] = [
  [
    'replace',
    nextVersion,
    (subject, old, next, at = old.version) => subject.store.replace(next, at),
  ],
  [
    'move',
    moved,
    (subject, old, next, at = old.version) => subject.store.move(old.handle, next, at),
  ],
];

/** `replace` and `move`: both compare and set, and neither restores an ended session. */
export const writing: Section = ({ describe, it }, subject) => {
  for (const [name, next, write] of WRITES) {
    describe(name, () => {
      it('writes the record if the stored one has the expected version', async () => {
        const record = await subject.created();
        const written = next(record);
        assert.equal(await write(subject, record, written), true);
        await subject.assertLives(written);
        assert.deepEqual(await subject.handlesOf(record.userId), [written.handle]);
      });

      for (const version of [4, 6, 0]) {
        it(`writes nothing if version ${version} is expected and 5 is stored`, async () => {
          const record = await subject.created({ version: 5 });
          assert.equal(await write(subject, record, next(record), version), false);
          await subject.assertLives(record);
          assert.deepEqual(await subject.handlesOf(record.userId), [record.handle]);
        });
      }

      it('lets exactly one of ten concurrent writers succeed', async () => {
        const record = await subject.created();
        const all = Array.from({ length: 10 }, () => next(record));
        const won = await Promise.all(all.map((written) => write(subject, record, written)));
        const winners = all.filter((_, i) => won[i]);
        assert.equal(winners.length, 1);
        await subject.assertLives(winners[0]!);
        assert.deepEqual(await subject.handlesOf(record.userId), handles(winners));
      });

      it('adds no record that was never created', async () => {
        const record = subject.record();
        const written = next(record);
        assert.equal(await write(subject, record, written), false);
        await subject.assertEnded(written);
      });

      const endings: [how: string, end: (record: SessionRecord) => Promise<unknown>][] = [
        ['delete', ({ handle }) => subject.store.delete(handle)],
        ['deleteByUser', ({ userId }) => subject.store.deleteByUser(userId)],
        ['deleteBeforeEpoch', () => subject.store.deleteBeforeEpoch(1)],
        ['move', (record) => subject.store.move(record.handle, moved(record), record.version)],
        [
          'eviction',
          ({ userId, createdAtMs }) =>
            subject.store.create(subject.record({ userId, createdAtMs: createdAtMs + 1 }), {
              maxPerUser: 1,
              onLimitReached: 'evict-oldest',
            }),
        ],
      ];
      for (const [how, end] of endings) {
        it(`does not restore a session ended by ${how}`, async () => {
          const record = await subject.created();
          await end(record);
          const written = next(record);
          assert.equal(await write(subject, record, written), false);
          await subject.assertEnded(record);
          await subject.assertEnded(written);
        });
      }

      it('does not restore an expired session', async () => {
        const record = await subject.expired();
        const { nowMs } = subject;
        const written = { ...next(record), lastSeenAtMs: nowMs };
        assert.equal(await write(subject, record, written), false);
        assert.notDeepEqual(await subject.store.read(written.handle), written);
      });

      it('applies the timeouts of the written record', async () => {
        const record = await subject.created({ idleTimeoutMs: subject.shortLifeMs });
        const written = { ...next(record), idleTimeoutMs: subject.shortLifeMs * 10 };
        assert.equal(await write(subject, record, written), true);
        await subject.pass(subject.shortLifeMs + 1);
        await subject.assertLives(written);
      });
    });
  }

  describe('replace', () => {
    it('keeps a stored lastSeenAtMs that is later', async () => {
      const record = await subject.created();
      const lastSeenAtMs = record.lastSeenAtMs + 30_000;
      await subject.store.touch(record.handle, lastSeenAtMs);
      const written = nextVersion(record);
      assert.equal(await subject.store.replace(written, record.version), true);
      await subject.assertLives({ ...written, lastSeenAtMs });
    });

    it('writes a lastSeenAtMs that is later', async () => {
      const record = await subject.created();
      const written = nextVersion(record, { lastSeenAtMs: record.lastSeenAtMs + 30_000 });
      assert.equal(await subject.store.replace(written, record.version), true);
      await subject.assertLives(written);
    });

    it('computes the expiry from the later lastSeenAtMs', async () => {
      const idleTimeoutMs = subject.shortLifeMs;
      const record = await subject.created({ idleTimeoutMs });
      const lastSeenAtMs = record.lastSeenAtMs + idleTimeoutMs * 10;
      await subject.store.touch(record.handle, lastSeenAtMs);
      const written = nextVersion(record);
      await subject.store.replace(written, record.version);
      await subject.pass(idleTimeoutMs + 1);
      await subject.assertLives({ ...written, lastSeenAtMs });
    });
  });

  it('lets exactly one of a concurrent replace and move succeed', async () => {
    for (let round = 0; round < 10; round++) {
      const record = await subject.created();
      const there = moved(record);
      const [stayed, went] = await Promise.all([
        subject.store.replace(nextVersion(record), record.version),
        subject.store.move(record.handle, there, record.version),
      ]);
      assert.notEqual(stayed, went);
      const left = went ? there.handle : record.handle;
      assert.deepEqual(await subject.handlesOf(record.userId), [left]);
    }
  });
};
