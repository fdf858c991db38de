import { expect, it } from '@jest/globals';
import { memoryBackend } from 'nestjs-session-kit';
import { describeSessionStore, FakeClock } from 'nestjs-session-kit/testing';
import { newHandle } from '../../lib/rules/handle.js';
import { nextVersion, sampleRecord } from '../../lib/testing/contract/sample-record.js';

describeSessionStore(
  'the memory backend',
  async () => {
    const clock = new FakeClock();
    return { ...memoryBackend({ clock, maxSessions: 1000 }), clock, close: async () => {} };
  },
  { revocationLog: true },
);

it('the memory store remembers the new handle of a session for 15 minutes', async () => {
  const clock = new FakeClock();
  const { store } = memoryBackend({ clock, maxSessions: 10 });
  const record = sampleRecord(clock.nowMs());
  await store.create(record, { maxPerUser: 10, onLimitReached: 'reject' });
  const moved = nextVersion(record, { handle: newHandle(record.userId) });
  await store.move(record.handle, moved, 1);
  clock.advance(15 * 60_000 - 1);
  expect(await store.locate(record.handle)).toEqual(moved);
  clock.advance(1);
  expect(await store.delete(record.handle)).toBeNull();
});

it('the memory store refuses a session beyond its maximum number, and makes room when one expires', async () => {
  const clock = new FakeClock();
  const { store } = memoryBackend({ clock, maxSessions: 2 });
  const limit = { maxPerUser: 10, onLimitReached: 'evict-oldest' } as const;
  const create = () => store.create(sampleRecord(clock.nowMs()), limit);
  await create();
  clock.advance(1);
  await create();
  await expect(create()).rejects.toThrow('memory.maxSessions is 2; raise it or use Redis');
  const { idleTimeoutMs } = sampleRecord(clock.nowMs());
  clock.advance(idleTimeoutMs - 1);
  expect(await create()).toEqual({ created: true, evicted: [] });
  await expect(create()).rejects.toThrow('memory.maxSessions is 2');
});
