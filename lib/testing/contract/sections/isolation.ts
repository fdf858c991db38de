import assert from 'node:assert/strict';
import type { Section } from '../subject.js';

/** Ids of different users that a store which builds keys, patterns or property names from them would mix up. */
const USER_IDS = [
  ['a', 'a:', 'a:b', 'a:b:c', ':', 'A', ' a', 'a ', 'a\n', 'a\u0000', 'a\u0000b', '0', '1'],
  ['*', '?', 'a*', '[a-z]', '\\', '{x}', '{', '}', '{a}:b', '../', '..', '/', '%', "'", '"', '|'],
  ['__proto__', 'constructor', 'toString', 'null', 'undefined', 'true'],
  ['\u00e4', 'a\u0308', '😀', '油', '\u202e', 'a'.repeat(255), `${'a'.repeat(254)}b`],
].flat();

/** One user never sees, ends or displaces a session of another, whatever their ids look like. */
export const isolation: Section = ({ describe, it }, subject) => {
  describe('users with similar ids', () => {
    it('have separate lists', async () => {
      const records = await Promise.all(USER_IDS.map((userId) => subject.created({ userId })));
      for (const record of records) {
        assert.deepEqual(await subject.store.list(record.userId), [record]);
      }
    });

    it('are ended separately', async () => {
      const records = await Promise.all(USER_IDS.map((userId) => subject.created({ userId })));
      for (const [i, { userId, handle }] of records.entries()) {
        assert.deepEqual(await subject.store.deleteByUser(userId), [handle]);
        const left = records.slice(i + 1).map((record) => subject.store.read(record.handle));
        assert.ok((await Promise.all(left)).every((record) => record !== null));
      }
    });
  });
};
