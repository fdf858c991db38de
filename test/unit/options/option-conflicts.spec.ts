import { describe, expect, it } from '@jest/globals';
import { memoryBackend } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { linesFor } from './option-problems.js';

const STORE = memoryBackend({ clock: new FakeClock(), maxSessions: 10 });

describe('conflicting options', () => {
  const NONE: string[] = [];
  it.each<[string, object, string[]]>([
    [
      'refresh as long as access',
      { tokens: { accessTtlSeconds: 60, refreshTtlSeconds: 60 } },
      ['tokens.refreshTtlSeconds: is 60 and must be longer than tokens.accessTtlSeconds (60)'],
    ],
    ['refresh longer by 1 s', { tokens: { accessTtlSeconds: 60, refreshTtlSeconds: 61 } }, NONE],
    [
      'access longer than the default of refresh',
      { tokens: { accessTtlSeconds: 604_800 } },
      [
        'tokens.refreshTtlSeconds: is 604800 and must be longer than tokens.accessTtlSeconds (604800)',
      ],
    ],
    [
      'refresh longer than absolute',
      { tokens: { refreshTtlSeconds: 86_401 }, session: { absoluteTimeoutSeconds: 86_400 } },
      [
        'tokens.refreshTtlSeconds: is 86401 and must not be longer than session.absoluteTimeoutSeconds (86400)',
      ],
    ],
    [
      'idle longer than absolute',
      { session: { idleTimeoutSeconds: 86_401, absoluteTimeoutSeconds: 86_400 } },
      [
        'session.idleTimeoutSeconds: is 86401 and must not be longer than session.absoluteTimeoutSeconds (86400)',
      ],
    ],
    [
      'refresh and idle as long as absolute',
      {
        tokens: { refreshTtlSeconds: 7200 },
        session: { idleTimeoutSeconds: 7200, absoluteTimeoutSeconds: 7200 },
      },
      NONE,
    ],
    [
      'touch over half of idle',
      { session: { idleTimeoutSeconds: 100, touchIntervalSeconds: 51 } },
      [
        'session.touchIntervalSeconds: must be at most half of session.idleTimeoutSeconds (100), or sessions in use expire',
      ],
    ],
    [
      'touch at half of idle',
      { session: { idleTimeoutSeconds: 100, touchIntervalSeconds: 50 } },
      NONE,
    ],
    [
      'redis together with a store',
      { redis: { url: 'redis://localhost' }, store: STORE },
      ['store: cannot be combined with redis'],
    ],
    ['a store alone', { store: STORE }, NONE],
  ])('%s', (_what, written, lines) => {
    expect(linesFor(written)).toEqual(lines);
  });

  it.each<[string, object]>([
    ['none', {}],
    ['an unset environment variable', { url: undefined }],
    ['an empty one', { url: '' }],
    ['a URL and a client', { url: 'redis://localhost', client: {} }],
    ['a URL and options', { url: 'redis://localhost', options: {} }],
    ['all three', { url: 'redis://localhost', client: {}, options: {} }],
  ])('redis accepts exactly one form, not %s', (_what, redis) => {
    expect(linesFor({ redis })).toEqual([
      'redis: must have exactly one of url, client and options; check that the environment variable is set',
    ]);
  });

  it('production keeps sessions in memory only if memory is configured', () => {
    const [line = '', ...more] = linesFor({}, true);
    expect(line).toMatch(/^redis: is required in production, because sessions in memory are lost/);
    expect(more).toEqual([]);
    for (const named of [{ memory: {} }, { store: STORE }, { redis: { url: 'redis://h' } }]) {
      expect(linesFor(named, true)).toEqual([]);
    }
    expect(linesFor({}, false)).toEqual([]);
  });
});
