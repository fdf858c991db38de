import { Injectable } from '@nestjs/common';
import { ageMs, Clock, type ClockReading } from '../core/clock.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { AccessClaims } from '../jwt/token-claims.js';
import type { AccessDecision } from '../rules/access-decision.js';
import { type Revocation, RevocationSubscriber } from '../store/revocation.js';
import type { SessionRecord } from '../rules/session-record.js';

/** Maximum number of revocations kept, at about 160 bytes each. */
const MAX_ENTRIES = 100_000;

/** Maximum difference between the `iat` of a token and the time at which the store recorded a revocation. */
const CLOCK_MARGIN_MS = 60_000;

/** The session ended. */
const ENDED = Infinity;
/** Above every claims version. */
const RECHECK = Number.MAX_SAFE_INTEGER;

const NEVER: ClockReading = { monotonicMs: -Infinity, wallMs: -Infinity };

interface Entry {
  /** Only the store can decide about tokens with a lower claims version; the higher of two cutoffs wins. */
  readonly cutoff: number;
  /** When this node received it. */
  readonly atMs: number;
}

/** How current the revocation cache of this node is. */
export interface RevocationCacheState {
  /** Age of the last complete read; Infinity before the first one. */
  readonly ageMs: number;
  readonly fresh: boolean;
  readonly entries: number;
  /** Delay between publication and arrival of the last revocation; undefined before the first. */
  readonly lagMs: number | undefined;
}

/**
 * Keeps recent revocations in memory, so that a token is checked without a read of the store. The cache is bounded:
 * when an entry is dropped, by age or for lack of room, older tokens are checked with the store instead.
 *
 * A hit is always authoritative. A miss is authoritative only while this node is fresh, and only for tokens issued in
 * the period that is covered without a gap.
 */
@Injectable()
export class RevocationCache extends RevocationSubscriber {
  /** By handle or `jti`, in order of publication. */
  readonly #entries = new Map<string, Entry>();
  readonly #maxStalenessMs: number;
  readonly #windowMs: number;
  /** Every revocation published from then on is among the entries. */
  #coveredSinceMs = Infinity;
  #caughtUp = NEVER;
  #lagMs: number | undefined;
  #epoch = 0;

  constructor(
    private readonly clock: Clock,
    { revocation }: ResolvedOptions,
  ) {
    super();
    this.#maxStalenessMs = revocation.maxStalenessMs;
    this.#windowMs = revocation.windowMs;
  }

  get epoch(): number {
    return this.#epoch;
  }

  onReset(sinceMs: number): void {
    this.#coveredSinceMs = sinceMs;
    this.#caughtUp = NEVER;
  }

  onRevocation(revocation: Revocation, atMs: number): void {
    const nowMs = this.clock.nowMs();
    // While everything is read again, old entries arrive now although they were not delayed.
    if (this.#caughtUp !== NEVER) this.#lagMs = Math.max(0, nowMs - atMs);
    // If the two clocks differ, the clock that issued the tokens decides.
    this.#apply(revocation, Math.max(atMs, nowMs));
  }

  onCaughtUp(askedAt: ClockReading): void {
    this.#caughtUp = askedAt;
  }

  /** Revocations published by this node apply here at once. */
  record(revocation: Revocation): void {
    this.#apply(revocation, this.clock.nowMs());
  }

  /** Whether a verified access token is still valid; undefined if only the store can tell. */
  decide({ sid, jti, cver, epoch, iat }: AccessClaims): AccessDecision | undefined {
    if (epoch < this.#epoch) return 'ended';
    const cutoff = this.#entries.get(sid)?.cutoff ?? 0;
    if (cutoff === ENDED) return 'ended';
    if (this.#entries.has(jti)) return 'denied';
    // A failover may have lost the published change of claims; a refresh could not supply the new claims then.
    if (cver < cutoff) return undefined;
    const covered = iat * 1000 >= this.#coveredSinceMs + CLOCK_MARGIN_MS;
    return covered && this.#isFresh() ? 'valid' : undefined;
  }

  /**
   * Whether a session is known to have ended although its record may still exist: the revocation was published, but not
   * carried out.
   */
  hasEnded({ handle, epoch }: SessionRecord): boolean {
    return epoch < this.#epoch || this.#entries.get(handle)?.cutoff === ENDED;
  }

  state(): RevocationCacheState {
    return {
      ageMs: ageMs(this.#caughtUp),
      fresh: this.#isFresh(),
      entries: this.#entries.size,
      lagMs: this.#lagMs,
    };
  }

  #apply(revocation: Revocation, atMs: number): void {
    switch (revocation.type) {
      case 'session':
        return this.#add(revocation.handle, ENDED, atMs);
      case 'recheck':
        return this.#add(revocation.handle, RECHECK, atMs);
      case 'claims':
        return this.#add(revocation.handle, revocation.claimsVersion, atMs);
      case 'token':
        return this.#add(revocation.jti, ENDED, atMs);
      case 'everyone':
        this.#epoch = Math.max(this.#epoch, revocation.epoch);
    }
  }

  #isFresh(): boolean {
    return ageMs(this.#caughtUp) <= this.#maxStalenessMs;
  }

  #add(key: string, cutoff: number, atMs: number): void {
    const known = this.#entries.get(key)?.cutoff ?? 0;
    // Reinserted at the end, so that the entries stay ordered by time.
    this.#entries.delete(key);
    this.#entries.set(key, { cutoff: Math.max(known, cutoff), atMs });
    const oldestMs = this.clock.nowMs() - this.#windowMs;
    for (const [oldest, entry] of this.#entries) {
      if (entry.atMs >= oldestMs && this.#entries.size <= MAX_ENTRIES) return;
      this.#entries.delete(oldest);
      this.#coveredSinceMs = Math.max(this.#coveredSinceMs, entry.atMs + 1);
    }
  }
}
