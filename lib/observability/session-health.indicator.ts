import { Injectable } from '@nestjs/common';
import { CleanupService } from '../cleanup/cleanup.service.js';
import { SessionError } from '../core/session-error.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { RevocationCache } from '../revocation/revocation-cache.js';
import { SessionStore } from '../store/session-store.js';
import { RedisSessionStore } from '../backends/redis/redis-session-store.js';
import { timers } from '../core/timers.js';

export interface FeedHealth {
  /** Whether requests are answered by it; false: each asks the store. */
  readonly fresh: boolean;
  /** Everything announced before that is known. Absent while nothing is. */
  readonly ageMs?: number;
  /** Revocations in memory. */
  readonly entries: number;
  /** How long the last revocation was on its way. Absent before the first. */
  readonly lagMs?: number;
}

/** One entry of a health check, in the shape of @nestjs/terminus. */
export type SessionHealth<Key extends string = string> = Record<
  Key,
  {
    readonly status: 'up' | 'down';
    /** Time the store took to answer. */
    readonly storeLatencyMs?: number;
    /**
     * Since a cleanup last went through: in Redis that of any node, elsewhere this node's own. Absent before the first,
     * and where Redis cannot be asked.
     */
    readonly secondsSinceCleanup?: number;
    /** How long a node has been holding the lease of the cleanup. Absent while nobody does, and without Redis. */
    readonly leaseAgeSeconds?: number;
    /** How well this node knows what was revoked, with `revocation.check: 'feed'`. */
    readonly feed?: FeedHealth;
    readonly message?: string;
  }
>;

/** Says whether sessions can be served, for terminus or a route of the app's own. */
@Injectable()
export class SessionHealthIndicator {
  constructor(
    private readonly guarded: SessionStore,
    /** The same without its guard, to ask what only some stores can tell. */
    private readonly store: SessionStore,
    private readonly cleanup: CleanupService,
    private readonly cache: RevocationCache,
    private readonly options: ResolvedOptions,
  ) {}

  /** Asks the store. Never throws: a store that does not answer is `down`. */
  async isHealthy<Key extends string>(key: Key): Promise<SessionHealth<Key>> {
    const [serving, swept] = await Promise.all([this.#ping(), this.#sweepAges()]);
    return { [key]: { ...serving, ...swept, ...this.#feed() } } as SessionHealth<Key>;
  }

  #feed(): { feed?: FeedHealth } {
    if (this.options.revocation.check !== 'feed') return {};
    const { fresh, ageMs, entries, lagMs } = this.cache.state();
    const age = Number.isFinite(ageMs) ? { ageMs: Math.round(ageMs) } : {};
    const lag = lagMs === undefined ? {} : { lagMs: Math.round(lagMs) };
    return { feed: { fresh, ...age, entries, ...lag } };
  }

  async #ping(): Promise<SessionHealth[string]> {
    const startedMs = timers.monotonicMs();
    try {
      await this.guarded.ping();
    } catch (error) {
      const message = error instanceof SessionError ? error.message : 'Session store unavailable';
      return { status: 'down', message };
    }
    return {
      status: 'up',
      storeLatencyMs: Math.round((timers.monotonicMs() - startedMs) * 10) / 10,
    };
  }

  /** Whether sessions can be served does not hang on it, so a failure leaves the fields out. */
  async #sweepAges(): Promise<Partial<SessionHealth[string]>> {
    const ages =
      this.store instanceof RedisSessionStore
        ? await this.store.sweepAges().catch(() => ({}))
        : { secondsSinceCleanup: rounded(this.cleanup.secondsSinceLastRun) };
    return Object.fromEntries(Object.entries(ages).filter(([, seconds]) => seconds !== undefined));
  }
}

function rounded(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds);
}
