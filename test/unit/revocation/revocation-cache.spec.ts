import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Revocation } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { readClock } from '../../../lib/core/clock.js';
import type { RevocationCache } from '../../../lib/revocation/revocation-cache.js';
import type { AccessClaims } from '../../../lib/jwt/token-claims.js';
import { emptyWindow, NOW_MS, recordOf } from '../fixtures.js';

const HANDLE = 'abc.AAAAAAAAAAAAAAAAAAAAAA';
const JTI = 'access-1';
const MINUTE_MS = 60_000;
/** The lifetime of an access token plus a margin, with the default options: an hour and more. */
const WINDOW_MS = 3_665_000;
const MAX_ENTRIES = 100_000;

/** A token issued long enough after the start of the cache to be decided by it. */
function claims(changes: Partial<AccessClaims> = {}): AccessClaims {
  const iat = NOW_MS / 1000;
  return {
    sid: HANDLE,
    jti: JTI,
    cver: 2,
    epoch: 4,
    iat,
    exp: iat + 3600,
    ...changes,
  } as AccessClaims;
}

const session: Revocation = { type: 'session', handle: HANDLE };
const recheck: Revocation = { type: 'recheck', handle: HANDLE };
const token: Revocation = { type: 'token', jti: JTI };
const newClaims = (claimsVersion: number): Revocation => ({
  type: 'claims',
  handle: HANDLE,
  claimsVersion,
});
const everyone = (epoch: number): Revocation => ({ type: 'everyone', epoch });

let clock: FakeClock;
let cache: RevocationCache;

/** A cache that knows all revocations since a minute before the tokens here were issued. */
beforeEach(() => {
  clock = new FakeClock(NOW_MS);
  cache = emptyWindow(clock);
  cache.onReset(NOW_MS - MINUTE_MS);
  cache.onCaughtUp(readClock());
});

const receive = (...revocations: Revocation[]): void => {
  for (const revocation of revocations) cache.onRevocation(revocation, clock.nowMs());
};

/** A token of another session. */
const made = (ms: number): AccessClaims => claims({ iat: Math.floor(ms / 1000), sid: 'other' });

/** The last successful read began this long ago, by the two clocks. */
const behind = (monotonicMs: number, wallMs: number): void => {
  const present = readClock();
  cache.onCaughtUp({
    monotonicMs: present.monotonicMs - monotonicMs,
    wallMs: present.wallMs - wallMs,
  });
};

/**
 * The revocations received, and the verdict on a token with claims version 2 of epoch 4; undefined:
 * ask the store.
 */
const JUDGEMENTS: [what: string, revocations: Revocation[], judgement: string | undefined][] = [
  ['nothing', [], 'valid'],
  ['the end of its session', [session], 'ended'],
  ['the end of another session', [{ type: 'session', handle: `${HANDLE}x` }], 'valid'],
  ['a recheck of its session', [recheck], undefined],
  ['newer claims', [newClaims(3)], undefined],
  ['the same claims', [newClaims(2)], 'valid'],
  ['older claims', [newClaims(1)], 'valid'],
  ['its own revocation', [token], 'denied'],
  ['the revocation of another token', [{ type: 'token', jti: 'access-2' }], 'valid'],
  ['a later epoch', [everyone(5)], 'ended'],
  ['the same epoch', [everyone(4)], 'valid'],
  ['an earlier epoch', [everyone(3)], 'valid'],
  ['an earlier epoch after a later one', [everyone(5), everyone(3)], 'ended'],
  ['older claims after newer ones', [newClaims(3), newClaims(1)], undefined],
  ['newer claims after older ones', [newClaims(1), newClaims(3)], undefined],
  ['the end, then a recheck', [session, recheck], 'ended'],
  ['a recheck, then the end', [recheck, session], 'ended'],
  ['the end, then new claims', [session, newClaims(9)], 'ended'],
  ['new claims, then the end', [newClaims(9), session], 'ended'],
  ['a recheck, then new claims', [recheck, newClaims(3)], undefined],
  ['new claims, then a recheck', [newClaims(3), recheck], undefined],
  ['its own revocation and the end of its session', [token, session], 'ended'],
  ['its own revocation and a recheck of its session', [token, recheck], 'denied'],
  ['its own revocation and new claims', [token, newClaims(3)], 'denied'],
  ['its own revocation and a later epoch', [token, everyone(5)], 'ended'],
  ['everything at once', [newClaims(3), recheck, token, session, everyone(5)], 'ended'],
];

describe('RevocationCache', () => {
  it.each(JUDGEMENTS)(
    'decides about a token after it received %s',
    (_what, revocations, judgement) => {
      receive(...revocations);
      expect(cache.decide(claims())).toBe(judgement);
    },
  );

  it.each(JUDGEMENTS)('decides at once after this node published %s', (_what, noted, judgement) => {
    for (const revocation of noted) cache.record(revocation);
    expect(cache.decide(claims())).toBe(judgement);
  });

  it('does not know names that every JavaScript object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '']) {
      expect(cache.decide(claims({ sid: name, jti: name }))).toBe('valid');
      expect(cache.hasEnded(recordOf({ handle: name }))).toBe(false);
      receive({ type: 'session', handle: name });
      expect(cache.decide(claims({ sid: name }))).toBe('ended');
    }
  });

  it.each<[what: string, revocations: Revocation[], ended: boolean]>([
    ['nothing', [], false],
    ['its end', [session], true],
    ['its end and a recheck', [recheck, session, recheck], true],
    ['a recheck', [recheck], false],
    ['new claims', [newClaims(9)], false],
    ['the revocation of one of its tokens', [token], false],
    ['a later epoch', [everyone(5)], true],
    ['the same epoch', [everyone(4)], false],
  ])('knows whether a record has ended after it received %s: %s', (_what, revocations, ended) => {
    receive(...revocations);
    expect(cache.hasEnded(recordOf())).toBe(ended);
  });

  describe('while stale', () => {
    it.each([
      ['by both clocks', 1001, 1001],
      ['by the monotonic clock', 1001, -3_600_000],
      ['by the wall clock, as after the machine was suspended', 0, 1001],
      ['by the wall clock that was set ahead', 0, 3_600_000],
    ])('%s accepts no token, and still refuses revoked ones', (_what, monotonic, wall) => {
      behind(monotonic, wall);
      expect(cache.state().fresh).toBe(false);
      expect(cache.decide(claims())).toBeUndefined();
      receive(session);
      expect(cache.decide(claims())).toBe('ended');
      expect(cache.decide(claims({ sid: 'other', epoch: -1 }))).toBe('ended');
    });

    it('becomes fresh again with the next answer', () => {
      behind(5000, 5000);
      cache.onCaughtUp(readClock());
      expect(cache.decide(claims())).toBe('valid');
    });

    it('decides nothing before the first read', () => {
      cache = emptyWindow(clock);
      expect(cache.state()).toEqual({
        ageMs: Infinity,
        fresh: false,
        entries: 0,
        lagMs: undefined,
      });
      expect(cache.decide(claims())).toBeUndefined();
    });

    it('has caught up before a reset, but not since: it decides nothing', () => {
      cache.onReset(NOW_MS - MINUTE_MS);
      expect(cache.decide(claims())).toBeUndefined();
    });
  });

  describe('decides about tokens from the start of its coverage', () => {
    it('which begins a minute after the reset, because clocks differ', () => {
      cache.onReset(NOW_MS);
      cache.onCaughtUp(readClock());
      expect(cache.decide(made(NOW_MS + MINUTE_MS - 1000))).toBeUndefined();
      expect(cache.decide(made(NOW_MS + MINUTE_MS))).toBe('valid');
    });

    it('which a reset to an earlier time moves back, because everything is read again', () => {
      cache.onReset(NOW_MS);
      cache.onReset(NOW_MS - MINUTE_MS);
      cache.onCaughtUp(readClock());
      expect(cache.decide(made(NOW_MS))).toBe('valid');
    });

    it('and forgets a revocation when no token from before it can be valid', () => {
      receive(session);
      clock.advance(WINDOW_MS);
      receive({ type: 'session', handle: 'later' });
      expect(cache.decide(claims())).toBe('ended');
      expect(cache.state().entries).toBe(2);
      clock.advance(1);
      receive({ type: 'session', handle: 'last' });
      expect(cache.state().entries).toBe(2);
      expect(cache.decide(claims())).toBeUndefined();
      expect(cache.decide(made(NOW_MS + MINUTE_MS))).toBeUndefined();
      expect(cache.decide(made(NOW_MS + MINUTE_MS + 1000))).toBe('valid');
    });

    it('keeps a revocation that was published again, counted from the last time', () => {
      receive(session);
      clock.advance(WINDOW_MS);
      receive(newClaims(3));
      clock.advance(WINDOW_MS);
      receive({ type: 'session', handle: 'later' });
      expect(cache.decide(claims())).toBe('ended');
    });

    it('and never forgets the epoch', () => {
      receive(everyone(5));
      clock.advance(10 * WINDOW_MS);
      receive(session);
      cache.onReset(clock.nowMs());
      expect(cache.decide(claims({ sid: 'other' }))).toBe('ended');
      expect(cache.epoch).toBe(5);
    });

    it('and drops the oldest entries above the limit: the store decides about tokens from before them', () => {
      cache.onRevocation(session, NOW_MS);
      for (let i = 1; i < MAX_ENTRIES; i++) {
        cache.onRevocation({ type: 'session', handle: `handle-${i}` }, NOW_MS + 10_000);
      }
      // The loop may take longer than a node stays fresh.
      cache.onCaughtUp(readClock());
      expect(cache.decide(claims())).toBe('ended');
      expect(cache.decide(made(NOW_MS))).toBe('valid');
      cache.onRevocation({ type: 'token', jti: 'one too many' }, NOW_MS + 10_000);
      expect(cache.state().entries).toBe(MAX_ENTRIES);
      expect(cache.decide(claims())).toBeUndefined();
      expect(cache.decide(made(NOW_MS + MINUTE_MS))).toBeUndefined();
      expect(cache.decide(made(NOW_MS + MINUTE_MS + 1000))).toBe('valid');
      expect(cache.decide(claims({ sid: 'handle-1' }))).toBe('ended');
    });
  });

  it('reports the delay of the last revocation, without old ones that are read again', () => {
    cache.onRevocation(session, NOW_MS - 40);
    expect(cache.state()).toMatchObject({ fresh: true, entries: 1, lagMs: 40 });
    cache.onRevocation(token, NOW_MS + 5);
    expect(cache.state().lagMs).toBe(0);
    cache.onReset(NOW_MS - WINDOW_MS);
    cache.onRevocation(session, NOW_MS - 50_000);
    expect(cache.state().lagMs).toBe(0);
  });
});
