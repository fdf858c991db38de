import { describe, expect, it } from '@jest/globals';
import { expiresAtMs, isLive, toSession } from '../../../lib/rules/session-record.js';
import { NOW_MS, recordOf } from '../fixtures.js';

describe('a session record', () => {
  it.each([
    [
      'the idle timeout',
      { lastSeenAtMs: 1000, idleTimeoutMs: 500, absoluteExpiresAtMs: 2000 },
      1500,
    ],
    [
      'the absolute timeout',
      { lastSeenAtMs: 1000, idleTimeoutMs: 5000, absoluteExpiresAtMs: 2000 },
      2000,
    ],
    ['both', { lastSeenAtMs: 1000, idleTimeoutMs: 1000, absoluteExpiresAtMs: 2000 }, 2000],
  ])('ends at %s if that comes first', (_which, times, end) => {
    const record = recordOf(times);
    expect(expiresAtMs(record)).toBe(end);
    expect([end - 1, end, end + 1].map((ms) => isLive(record, ms))).toEqual([true, false, false]);
  });

  it('exposes the session without internal fields', () => {
    expect(toSession(recordOf())).toEqual({
      handle: 'abc.AAAAAAAAAAAAAAAAAAAAAA',
      transport: 'bearer',
      user: { id: 'user-1', role: 'admin' },
      data: { theme: 'dark' },
      device: { ip: '192.0.2.1' },
      createdAt: new Date(NOW_MS - 60_000),
      lastSeenAt: new Date(NOW_MS - 10_000),
      authenticatedAt: new Date(NOW_MS - 60_000),
      expiresAt: new Date(NOW_MS - 10_000 + 3_600_000),
    });
  });
});
