import { describe, expect, it } from '@jest/globals';
import type { RefreshClaims, SessionRecord } from 'nestjs-session-kit';
import { decideRefresh } from '../../../lib/rules/refresh-decision.js';
import { NOW, NOW_MS, recordOf } from '../fixtures.js';

const GRACE_MS = 30_000;

function presentedOf(changes: Partial<RefreshClaims>): RefreshClaims {
  return {
    sub: 'user-1',
    sid: 'abc.AAAAAAAAAAAAAAAAAAAAAA',
    lin: 'lineage',
    jti: 'current',
    iss: 'iss',
    aud: 'aud',
    iat: NOW - 10,
    exp: NOW + 3590,
    type: 'refresh',
    gen: 2,
    ...changes,
  };
}

/** A record whose refresh token was rotated `ageMs` ago. */
function rotated(ageMs: number): SessionRecord {
  const record = recordOf();
  return recordOf({ refresh: { ...record.refresh!, rotatedAtMs: NOW_MS - ageMs } });
}

const withoutChain = (): SessionRecord => {
  const { refresh: _none, ...record } = recordOf();
  return record;
};

const CURRENT = { jti: 'current', gen: 2 };
const PREVIOUS = { jti: 'previous', gen: 1 };
const OLDER = { jti: 'older', gen: 0 };
const NEWER = { jti: 'newer', gen: 3, iat: NOW - 5, exp: NOW + 3595 };

describe('decideRefresh', () => {
  it.each<[string, Partial<RefreshClaims>, SessionRecord | null, unknown]>([
    ['nothing when the session has ended', CURRENT, null, { outcome: 'ended' }],
    [
      'nothing when the session has no refresh tokens',
      CURRENT,
      withoutChain(),
      { outcome: 'ended' },
    ],
    [
      'nothing for a token of another user',
      { ...CURRENT, sub: 'user-2' },
      recordOf(),
      { outcome: 'ended' },
    ],
    [
      'nothing when the idle timeout has passed, to the millisecond',
      CURRENT,
      recordOf({ lastSeenAtMs: NOW_MS - 1000, idleTimeoutMs: 1000 }),
      { outcome: 'expired' },
    ],
    [
      'nothing at the absolute timeout of the session',
      CURRENT,
      recordOf({ absoluteExpiresAtMs: NOW_MS }),
      { outcome: 'expired' },
    ],
    [
      'nothing, and no reuse, for an old token of an expired session',
      OLDER,
      recordOf({ absoluteExpiresAtMs: NOW_MS }),
      { outcome: 'expired' },
    ],
    [
      'the next token for the current one, of any age',
      CURRENT,
      rotated(3_000_000),
      {
        outcome: 'rotate',
        gen: 3,
        previous: { jti: 'current', iat: NOW - 10, exp: NOW + 3590 },
      },
    ],
    [
      'the next token in the last millisecond of the session',
      CURRENT,
      recordOf({ absoluteExpiresAtMs: NOW_MS + 1 }),
      {
        outcome: 'rotate',
        gen: 3,
        previous: { jti: 'current', iat: NOW - 10, exp: NOW + 3590 },
      },
    ],
    [
      'the next token after the given one if the store lost it',
      NEWER,
      recordOf(),
      { outcome: 'rotate', gen: 4, previous: { jti: 'newer', iat: NOW - 5, exp: NOW + 3595 } },
    ],
    ['the same successor just after a rotation', PREVIOUS, rotated(0), { outcome: 'replay' }],
    [
      'the same successor in the last millisecond of the grace',
      PREVIOUS,
      rotated(GRACE_MS - 1),
      { outcome: 'replay' },
    ],
    [
      'the same successor when the rotation seems to be in the future',
      PREVIOUS,
      rotated(-5000),
      { outcome: 'replay' },
    ],
    [
      'the end, class recent, after the grace',
      PREVIOUS,
      rotated(GRACE_MS),
      { outcome: 'reused', reuse: 'recent', ageMs: GRACE_MS },
    ],
    [
      'the end, class stale, for an older token even within the grace',
      OLDER,
      rotated(1000),
      { outcome: 'reused', reuse: 'stale', ageMs: 1000 },
    ],
    [
      'the end for an unknown token of the current generation: a fork',
      { jti: 'fork', gen: 2 },
      rotated(1000),
      { outcome: 'reused', reuse: 'stale', ageMs: 1000 },
    ],
    [
      'the end for an unknown token of the previous generation',
      { jti: 'fork', gen: 1 },
      rotated(1000),
      { outcome: 'reused', reuse: 'stale', ageMs: 1000 },
    ],
    [
      'the end with age 0, never a negative one',
      OLDER,
      rotated(-5000),
      { outcome: 'reused', reuse: 'stale', ageMs: 0 },
    ],
  ])('brings %s', (_what, presented, record, decision) => {
    expect(
      decideRefresh({
        presented: presentedOf(presented),
        record,
        nowMs: NOW_MS,
        graceMs: GRACE_MS,
      }),
    ).toEqual(decision);
  });

  it('replays nothing with a grace of 0', () => {
    const presented = presentedOf(PREVIOUS);
    const facts = { presented, record: rotated(0), nowMs: NOW_MS, graceMs: 0 };
    expect(decideRefresh(facts)).toEqual({ outcome: 'reused', reuse: 'recent', ageMs: 0 });
  });

  it('counts the grace from the rotation: a replay does not prolong it', () => {
    const record = rotated(0);
    const at = (ms: number): string =>
      decideRefresh({
        presented: presentedOf(PREVIOUS),
        record,
        nowMs: NOW_MS + ms,
        graceMs: GRACE_MS,
      }).outcome;
    expect([0, 20_000, 29_999, 30_000].map(at)).toEqual(['replay', 'replay', 'replay', 'reused']);
  });

  it('classifies a first token as stale, never as recent, when none was replaced yet', () => {
    const { gen, current, rotatedAtMs } = rotated(1000).refresh!;
    const record = recordOf({ refresh: { gen, current, rotatedAtMs } });
    const facts = { presented: presentedOf(OLDER), record, nowMs: NOW_MS, graceMs: GRACE_MS };
    expect(decideRefresh(facts)).toMatchObject({ outcome: 'reused', reuse: 'stale' });
  });
});
