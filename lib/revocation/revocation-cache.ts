import { Injectable } from '@nestjs/common';
import { ageMs, Clock, type ClockReading } from '../core/clock.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { AccessClaims } from '../jwt/token-claims.js';
import type { AccessDecision } from '../rules/access-decision.js';
import { type Revocation, RevocationSubscriber } from '../store/revocation.js';
import type { SessionRecord } from '../rules/session-record.js';

/** Most revocations kept, at about 160 bytes each. */
const MAX_ENTRIES = 100_000;

/** How far the `iat` of a token and the store's time of an announcement may be apart. */
const CLOCK_MARGIN_MS = 60_000;

/** The session ended. */
const ENDED = Infinity;
/** Above every claims version. */
const RECHECK = Number.MAX_SAFE_INTEGER;

const NEVER: ClockReading = { monotonicMs: -Infinity, wallMs: -Infinity };

interface Entry {
  /** About tokens whose claims version is lower only the store knows; the higher of two wins. */
  readonly cutoff: number;
  /** When this node heard of it. */
  readonly atMs: number;
}

/** How well this node knows what was revoked. */
export interface RevocationCacheState {
  /** Since everything announced by then is known; Infinity when nothing is. */
  readonly ageMs: number;
  readonly fresh: boolean;
  readonly entries: number;
  /** How long the last revocation was on its way; undefined before the first. */
  readonly lagMs: number | undefined;
}

/**
 * What was revoked of late, in memory, so that a token is checked without asking the store. Bounded: what is dropped,
 * by age or for want of room, only makes older tokens a matter for the store.
 *
 * A hit always counts. That there is none counts while this node is fresh, and for tokens made in the time that is
 * covered without a gap.
 */
@Injectable()
export class RevocationCache extends RevocationSubscriber {
  /** By handle or `jti`, in the order they were announced. */
  readonly #entries = new Map<string, Entry>();
  readonly #maxStalenessMs: number;
  readonly #windowMs: number;
  /** Every revocation announced from then on is among the entries. */
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
    // While everything is read again, old entries come late without having been late.
    if (this.#caughtUp !== NEVER) this.#lagMs = Math.max(0, nowMs - atMs);
    // By the clock that made the tokens, should the two disagree.
    this.#apply(revocation, Math.max(atMs, nowMs));
  }

  onCaughtUp(askedAt: ClockReading): void {
    this.#caughtUp = askedAt;
  }

  /** What this node itself announced counts here at once. */
  record(revocation: Revocation): void {
    this.#apply(revocation, this.clock.nowMs());
  }

  /** Whether a verified access token still counts, or undefined where only the store can tell. */
  decide({ sid, jti, cver, epoch, iat }: AccessClaims): AccessDecision | undefined {
    if (epoch < this.#epoch) return 'ended';
    const cutoff = this.#entries.get(sid)?.cutoff ?? 0;
    if (cutoff === ENDED) return 'ended';
    if (this.#entries.has(jti)) return 'denied';
    // A failover may have lost the change of claims that was announced: a refresh could not bring it then.
    if (cver < cutoff) return undefined;
    const covered = iat * 1000 >= this.#coveredSinceMs + CLOCK_MARGIN_MS;
    return covered && this.#isFresh() ? 'valid' : undefined;
  }

  /** Whether a session is known to have ended though its record may stand: its end was announced and not carried out. */
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
    // To the end, so that the entries stay in the order of their time.
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
