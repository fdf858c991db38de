import assert from 'node:assert/strict';
import type { SessionData } from '../../../core/session.js';
import type { SessionRecord } from '../../../rules/session-record.js';
import { newHandle } from '../../../rules/handle.js';
import { handles, type Section, WIDE } from '../subject.js';

/** Data that an incorrect store loses, alters or is altered by. Parsed, because only then `__proto__` is a key. */
const HOSTILE_JSON = JSON.stringify({
  deep: { a: { b: { c: [[[{ d: null }]]] } } },
  numbers: [0, -1, 1.5, 1e21, 9007199254740991],
  text: 'quote " backslash \\ newline \n null \u0000 line \u2028 emoji 😀 pipe | brace } half \ud800',
  empty: { '': '', list: [], object: {} },
  long: 'x'.repeat(30_000),
}).replace(/}$/, ',"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');

/** `read` and `list`: they return an equal record that shares no state, and change nothing. */
export const reading: Section = ({ describe, it }, subject) => {
  describe('read', () => {
    it('returns null for a handle that was never created', async () => {
      assert.equal(await subject.store.read(newHandle('unknown-user')), null);
    });

    it('returns every field, and no field that was absent', async () => {
      await subject.assertLives(await subject.created());
      const { refresh: _chain, ...bare } = subject.record({ device: {}, deniedTokens: [] });
      await subject.store.create(bare, WIDE);
      await subject.assertLives(bare);
    });

    it('returns a record as JSON would', async () => {
      const data = { at: new Date(0), gone: undefined, list: [undefined] } as SessionData;
      const record = await subject.created({ data });
      await subject.assertLives(JSON.parse(JSON.stringify(record)) as SessionRecord);
    });

    it('reads many concurrently, each by its own handle, one of them twice', async () => {
      const records = [];
      for (const userId of ['ada', 'bob', 'cid']) records.push(await subject.created({ userId }));
      const known = records.map(({ handle }) => handle);
      const asked = [...known, newHandle('unknown-user'), known[0]!];
      const found = await Promise.all(asked.map((handle) => subject.store.read(handle)));
      assert.deepEqual(found, [...records, null, records[0]]);
      assert.notEqual(found[0], found.at(-1));
    });

    it('shares no object with the record written', async () => {
      const data = { list: [1] };
      const record = await subject.created({ data });
      data.list.push(2);
      assert.deepEqual((await subject.store.read(record.handle))?.data, { list: [1] });
    });

    it('shares no object with a record returned before', async () => {
      const record = await subject.created();
      const [listed] = await subject.store.list(record.userId);
      const read = await subject.store.read(record.handle);
      for (const given of [listed, read]) Object.assign(given!.data, { theme: 'changed' });
      await subject.assertLives(record);
    });

    it('changes nothing', async () => {
      const record = await subject.created();
      await subject.pass(5);
      await subject.store.read(record.handle);
      await subject.assertLives(record);
    });

    it('returns any JSON unchanged, and pollutes no prototype', async () => {
      const data = JSON.parse(HOSTILE_JSON) as SessionData;
      const record = await subject.created({ data });
      const read = await subject.store.read(record.handle);
      const [listed] = await subject.store.list(record.userId);
      for (const given of [read, listed]) {
        assert.equal(JSON.stringify(given?.data), HOSTILE_JSON);
        assert.equal(Object.getPrototypeOf(given?.data), Object.prototype);
      }
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    });
  });

  describe('list', () => {
    it('is empty for a user without sessions', async () => {
      assert.deepEqual(await subject.store.list('unknown-user'), []);
    });

    it('contains every live session of the user once', async () => {
      const records = await subject.createdInTurn(5);
      assert.deepEqual(await subject.handlesOf(records[0]!.userId), handles(records));
    });

    it('contains the live sessions after others of the user have expired', async () => {
      const expired = await subject.expired();
      const live = await subject.created({ userId: expired.userId });
      await subject.assertLives(live);
    });

    it('never misses a session while others are created and ended', async () => {
      const stays = await subject.created();
      const { userId } = stays;
      const others = Array.from({ length: 20 }, async () => {
        const { handle } = await subject.created({ userId });
        await subject.store.delete(handle);
      });
      const lists = Array.from({ length: 20 }, () => subject.handlesOf(userId));
      for (const list of await Promise.all(lists)) assert.ok(list.includes(stays.handle));
      await Promise.all(others);
      assert.deepEqual(await subject.handlesOf(userId), [stays.handle]);
    });
  });
};
