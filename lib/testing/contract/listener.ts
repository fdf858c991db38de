import assert from 'node:assert/strict';
import type { ClockReading } from '../../core/clock.js';
import {
  type Revocation,
  RevocationSubscriber,
  type RevocationSubscription,
} from '../../store/revocation.js';
import type { RevocationLog } from '../../store/revocation-log.js';

interface Publication {
  readonly revocation: Revocation;
  readonly atMs: number;
}

/** A subscriber that records all calls. */
export class Listener extends RevocationSubscriber {
  /** Names of all calls, in order. */
  readonly calls: ('onReset' | 'onRevocation' | 'onCaughtUp')[] = [];
  /** Revocations received since it first caught up. */
  readonly published: Publication[] = [];
  /** Revocations received before that. */
  readonly #loaded: Publication[] = [];
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

  get received(): Revocation[] {
    return this.published.map(({ revocation }) => revocation);
  }

  onReset(sinceMs: number): void {
    this.calls.push('onReset');
    this.#sinceMs = sinceMs;
  }

  onRevocation(revocation: Revocation, atMs: number): void {
    (this.calls.includes('onCaughtUp') ? this.published : this.#loaded).push({ revocation, atMs });
    this.calls.push('onRevocation');
    if (revocation.type === 'everyone') this.#epoch = Math.max(this.#epoch, revocation.epoch);
  }

  onCaughtUp({ monotonicMs }: ClockReading): void {
    this.calls.push('onCaughtUp');
    this.#caughtUpMs = Math.max(this.#caughtUpMs, monotonicMs);
  }

  /** Whether it has caught up with everything published by then, a time of `performance.now`. */
  knowsAllUntil(monotonicMs: number): boolean {
    return this.#caughtUpMs >= monotonicMs;
  }

  /**
   * Asserts that each of these was received, or was published before the time from which on the subscriber is complete.
   */
  assertKnows(publications: readonly Publication[]): void {
    const received = new Set(
      [...this.#loaded, ...this.published].map((one) => JSON.stringify(one)),
    );
    const missed = publications.filter((one) => !received.has(JSON.stringify(one)));
    assert.deepEqual(
      missed.filter(({ atMs }) => atMs >= this.#sinceMs),
      [],
    );
  }

  async subscribe(log: RevocationLog): Promise<void> {
    this.#subscription = await log.subscribe(this);
  }

  async close(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.close();
  }
}
