import assert from 'node:assert/strict';
import type { Instant } from '../../core/clock.js';
import {
  type Revocation,
  RevocationFollower,
  type RevocationSubscription,
} from '../../sessions/revocation.js';
import type { SessionStore } from '../../sessions/session-store.js';

interface Announced {
  readonly revocation: Revocation;
  readonly atMs: number;
}

/** A follower that writes down what it is told. */
export class Listener extends RevocationFollower {
  /** Names of all calls, in order. */
  readonly calls: ('reset' | 'apply' | 'caughtUp')[] = [];
  /** What it was told since it was up to date for the first time. */
  readonly announced: Announced[] = [];
  /** What it was told before that. */
  readonly #loaded: Announced[] = [];
  #subscription: RevocationSubscription | undefined;
  #sinceMs = NaN;
  #caughtUpMs = -Infinity;
  #epoch: number;

  constructor(epoch: number) {
    super();
    this.#epoch = epoch;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get sinceMs(): number {
    return this.#sinceMs;
  }

  get heard(): Revocation[] {
    return this.announced.map(({ revocation }) => revocation);
  }

  reset(sinceMs: number): void {
    this.calls.push('reset');
    this.#sinceMs = sinceMs;
  }

  apply(revocation: Revocation, atMs: number): void {
    (this.calls.includes('caughtUp') ? this.announced : this.#loaded).push({ revocation, atMs });
    this.calls.push('apply');
    if (revocation.type === 'everyone') this.#epoch = Math.max(this.#epoch, revocation.epoch);
  }

  caughtUp({ monotonicMs }: Instant): void {
    this.calls.push('caughtUp');
    this.#caughtUpMs = Math.max(this.#caughtUpMs, monotonicMs);
  }

  /** Whether it was told that it knows what was announced by then, a time of `performance.now`. */
  knowsAllUntil(monotonicMs: number): boolean {
    return this.#caughtUpMs >= monotonicMs;
  }

  /** Each of these was heard, or is from before the time since which nothing is missing. */
  assertKnows(announced: readonly Announced[]): void {
    const heard = new Set([...this.#loaded, ...this.announced].map((one) => JSON.stringify(one)));
    const missed = announced.filter((one) => !heard.has(JSON.stringify(one)));
    assert.deepEqual(
      missed.filter(({ atMs }) => atMs >= this.#sinceMs),
      [],
    );
  }

  async follow(store: SessionStore): Promise<void> {
    this.#subscription = await store.follow(this);
  }

  async close(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.close();
  }
}
