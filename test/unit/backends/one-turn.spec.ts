import { describe, expect, it, jest } from '@jest/globals';
import { Clock } from '../../../lib/core/clock.js';
import { newHandle } from '../../../lib/rules/handle.js';
import { sampleRecord } from '../../../lib/testing/contract/sample-record.js';
import { commandsDuring, namesOf } from '../../support/redis/commands-during.js';
import { newRedis } from '../../support/redis/redis-store.js';
import { useOwnRedis } from '../../support/redis/use-own-redis.js';

const PREFIX = 'sk-turn:';

const own = useOwnRedis();

describe('in one turn of the event loop', () => {
  it('reads sessions with one command, each by its own key', async () => {
    const clock = new Clock();
    const store = newRedis({ client: own.client }, PREFIX, clock).backend.store;
    const records = ['ada', 'bob', 'cid'].map((userId) => sampleRecord(clock.nowMs(), { userId }));
    for (const record of records)
      await store.create(record, { maxPerUser: 5, onLimitReached: 'reject' });
    const handles = [...records.map(({ handle }) => handle), newHandle('dan')];
    let found: unknown;
    const commands = await commandsDuring(own.client, async () => {
      found = await Promise.all(handles.map((handle) => store.read(handle)));
    });
    expect(found).toEqual([...records, null]);
    expect(namesOf(commands)).toEqual(['mget']);
  });

  it('sends scripts in one write', async () => {
    const store = newRedis({ client: own.client }, PREFIX, new Clock()).backend.store;
    const scripts = [() => store.touch(newHandle('ada'), 0), () => store.list('user')];
    // The first call sends the whole script.
    for (const script of scripts) await script();

    const single = jest.spyOn(own.client.stream, '_write');
    const gathered = jest.spyOn(own.client.stream, '_writev');
    await Promise.all([...scripts, ...scripts].map((script) => script()));
    expect([single.mock.calls.length, gathered.mock.calls.length]).toEqual([0, 1]);
  });
});
