import assert from 'node:assert/strict';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Revocation } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { readClock } from '../../../lib/core/clock.js';
import type { AccessClaims } from '../../../lib/jwt/token-claims.js';
import { ROUNDS_TIMEOUT_MS, seededRounds } from '../../support/rounds.js';
import { emptyWindow, NOW_MS, recordOf } from '../fixtures.js';

const ACCESS_TTL = 3600;
/** The time for which Redis keeps a revocation, with the default options. */
const WINDOW_MS = 3_665_000;

interface Session {
  readonly handle: string;
  readonly epoch: number;
  claimsVersion: number;
  state: 'lives' | 'moved' | 'ended';
}

interface Token {
  readonly claims: AccessClaims;
  readonly session: Session;
  denied: boolean;
}

interface Publication {
  readonly revocation: Revocation;
  readonly atMs: number;
}

/** The events of sessions, and those that this node learns of. */
const step = fc.record({
  act: fc.constantFrom(
    ...(['open', 'open', 'issue', 'issue', 'issue', 'end', 'claims', 'deny', 'move'] as const),
    ...(['stay', 'everyone', 'advance', 'advance', 'again', 'lose', 'silence'] as const),
  ),
  which: fc.nat(20),
  ms: fc.constantFrom(1, 1000, 1000, 30_000, 59_999, 60_000, 61_000, 600_000, 3_600_000),
  /** Whether this node publishes it, so that it knows it before reading the log. */
  here: fc.boolean(),
});

/** Sessions with all their events, and a revocation cache that follows a log. */
class World {
  readonly #clock = new FakeClock(NOW_MS);
  readonly #cache = emptyWindow(this.#clock);
  readonly #sessions: Session[] = [];
  readonly #tokens: Token[] = [];
  /** The entries that the log still contains. */
  #stream: Publication[] = [];
  #streamSinceMs: number;
  #epoch = 0;
  readonly verdicts: string[] = [];

  /** @param skewMs offset of the clock of the store from the one that issues tokens */
  constructor(private readonly skewMs: number) {
    this.#streamSinceMs = this.#storeMs - WINDOW_MS;
    this.#readAgain();
  }

  do({ act, which, ms, here }: typeof step extends fc.Arbitrary<infer S> ? S : never): void {
    const session = this.#sessions[which % Math.max(1, this.#sessions.length)];
    const token = this.#tokens[which % Math.max(1, this.#tokens.length)];
    switch (act) {
      case 'open':
        this.#open();
        break;
      case 'issue':
        if (session?.state === 'lives') this.#issue(session);
        break;
      case 'end':
        if (session) this.#end(session, here);
        break;
      case 'claims':
        if (session?.state === 'lives') this.#changeClaims(session, here);
        break;
      case 'move':
      case 'stay':
        if (session?.state === 'lives') this.#move(session, act === 'move', here);
        break;
      case 'deny':
        if (token) this.#deny(token, here);
        break;
      case 'everyone':
        this.#publish({ type: 'everyone', epoch: ++this.#epoch }, here);
        for (const one of this.#sessions) one.state = 'ended';
        break;
      case 'advance':
        this.#clock.advance(ms);
        break;
      case 'again':
        this.#readAgain();
        break;
      case 'lose':
        this.#stream = [];
        this.#streamSinceMs = this.#storeMs + 1;
        this.#readAgain();
        break;
      case 'silence':
        this.#cache.onCaughtUp({ monotonicMs: -Infinity, wallMs: -Infinity });
        this.#checkThatNothingIsValid();
        this.#cache.onCaughtUp(readClock());
    }
    this.#check();
  }

  #open(): void {
    const handle = `handle-${this.#sessions.length}`;
    const session: Session = { handle, epoch: this.#epoch, claimsVersion: 0, state: 'lives' };
    this.#sessions.push(session);
    this.#issue(session);
  }

  #issue(session: Session): void {
    const iat = Math.floor(this.#clock.nowMs() / 1000);
    const { handle: sid, claimsVersion: cver, epoch } = session;
    const jti = `token-${this.#tokens.length}`;
    const claims = { sid, jti, cver, epoch, iat, exp: iat + ACCESS_TTL } as AccessClaims;
    this.#tokens.push({ claims, session, denied: false });
  }

  #end(session: Session, here: boolean): void {
    this.#publish({ type: 'session', handle: session.handle }, here);
    session.state = 'ended';
  }

  #changeClaims(session: Session, here: boolean): void {
    const claimsVersion = ++session.claimsVersion;
    this.#publish({ type: 'claims', handle: session.handle, claimsVersion }, here);
  }

  #move(session: Session, succeeds: boolean, here: boolean): void {
    this.#publish({ type: 'recheck', handle: session.handle }, here);
    if (succeeds) session.state = 'moved';
  }

  #deny(token: Token, here: boolean): void {
    this.#publish({ type: 'token', jti: token.claims.jti }, here);
    token.denied = true;
  }

  #publish(revocation: Revocation, here: boolean): void {
    const atMs = this.#storeMs;
    this.#stream.push({ revocation, atMs });
    if (here) this.#cache.record(revocation);
    this.#cache.onRevocation(revocation, atMs);
    this.#cache.onCaughtUp(readClock());
  }

  /** As after a reconnect: reads all entries again that Redis has not dropped. */
  #readAgain(): void {
    this.#stream = this.#stream.filter(({ atMs }) => atMs >= this.#storeMs - WINDOW_MS);
    this.#streamSinceMs = Math.max(this.#streamSinceMs, this.#storeMs - WINDOW_MS);
    this.#cache.onReset(this.#streamSinceMs);
    this.#cache.onRevocation({ type: 'everyone', epoch: this.#epoch }, this.#streamSinceMs);
    for (const { revocation, atMs } of this.#stream) {
      this.#cache.onRevocation(revocation, atMs);
      this.#checkThatNothingIsValid();
    }
    this.#cache.onCaughtUp(readClock());
  }

  #check(): void {
    for (const token of this.#alive()) {
      const verdict = this.#cache.decide(token.claims);
      if (verdict === undefined) continue;
      this.verdicts.push(verdict);
      assert.equal(verdict, truth(token, this.#epoch));
    }
    for (const { handle, epoch, state } of this.#sessions) {
      const known = this.#cache.hasEnded(recordOf({ handle, epoch }));
      if (known) assert.equal(state, 'ended');
    }
  }

  #checkThatNothingIsValid(): void {
    const verdicts = this.#alive().map(({ claims }) => this.#cache.decide(claims));
    assert.ok(!verdicts.includes('valid'));
  }

  /** The others are refused before the cache is asked. */
  #alive(): Token[] {
    const now = this.#clock.nowMs() / 1000;
    return this.#tokens.filter(({ claims }) => now < claims.exp);
  }

  get #storeMs(): number {
    return this.#clock.nowMs() + this.skewMs;
  }
}

function truth({ session, denied, claims }: Token, epoch: number): string {
  if (session.state === 'ended' || session.epoch < epoch) return 'ended';
  if (denied) return 'denied';
  if (session.state === 'moved') return 'the store decides';
  return claims.cver < session.claimsVersion ? 'outdated' : 'valid';
}

describe('RevocationCache compared with a model that forgets nothing', () => {
  it(
    'returns the same answer or asks the store, after any events and any losses',
    () => {
      const verdicts: string[] = [];
      const property = fc.property(
        fc.integer({ min: -59_000, max: 59_000 }),
        fc.array(step, { minLength: 20, maxLength: 100 }),
        (skewMs, steps) => {
          const world = new World(skewMs);
          for (const one of steps) world.do(one);
          verdicts.push(...world.verdicts);
        },
      );
      fc.assert(property, seededRounds(50_000));
      for (const verdict of ['valid', 'ended', 'denied']) {
        expect(verdicts.filter((one) => one === verdict).length).toBeGreaterThan(20);
      }
    },
    ROUNDS_TIMEOUT_MS,
  );
});
