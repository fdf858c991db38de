import { Injectable } from '@nestjs/common';
import { CleanupService } from '../cleanup/cleanup.service.js';
import { SessionError } from '../core/session-error.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { RevocationCache } from '../revocation/revocation-cache.js';
import { SessionStore } from '../store/session-store.js';
import { StoreBackend } from '../store/store-backend.js';
import { timers } from '../core/timers.js';

export interface FeedHealth {
  /** Whether requests use the revocation cache; if false, each request asks the store. */
  readonly fresh: boolean;
  /** Age of the last successful read of the revocation log. Absent before the first. */
  readonly ageMs?: number;
  /** Number of revocations in memory. */
  readonly entries: number;
  /** Time between publishing and receiving the last revocation. Absent before the first. */
  readonly lagMs?: number;
}

/** One entry of a health check, in the shape of @nestjs/terminus. */
export type SessionHealth<Key extends string = string> = Record<
  Key,
  {
    readonly status: 'up' | 'down';
    /** Response time of the store. */
    readonly storeLatencyMs?: number;
    /**
     * Time since a cleanup last completed: with Redis on any node, otherwise on this node. Absent before the first
     * cleanup, and if Redis does not answer.
     */
    readonly secondsSinceCleanup?: number;
    /** Time for which a node has held the cleanup lease. Absent if no node holds it, and without Redis. */
    readonly leaseAgeSeconds?: number;
    /** State of the revocation cache of this node, with `revocation.check: 'feed'`. */
    readonly feed?: FeedHealth;
    readonly message?: string;
  }
>;

/** Reports whether sessions can be served, for terminus or a route of the application. */
@Injectable()
export class SessionHealthIndicator {
  constructor(
    private readonly store: SessionStore,
    private readonly backend: StoreBackend,
    private readonly cleanup: CleanupService,
    private readonly cache: RevocationCache,
    private readonly options: ResolvedOptions,
  ) {}

  /** Queries the store. Never throws: a store that does not answer is reported as `down`. */
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
      await this.store.ping();
    } catch (error) {
      const message = error instanceof SessionError ? error.message : 'Session store unavailable';
      return { status: 'down', message };
    }
    return {
      status: 'up',
      storeLatencyMs: Math.round((timers.monotonicMs() - startedMs) * 10) / 10,
    };
  }

  /** The health of sessions does not depend on these fields, so a failure omits them. */
  async #sweepAges(): Promise<Partial<SessionHealth[string]>> {
    const ages = (await this.backend.diagnostics?.sweepAges?.().catch(() => ({}))) ?? {
      secondsSinceCleanup: rounded(this.cleanup.secondsSinceLastRun),
    };
    return Object.fromEntries(Object.entries(ages).filter(([, seconds]) => seconds !== undefined));
  }
}

function rounded(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds);
}
