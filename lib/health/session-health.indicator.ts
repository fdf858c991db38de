import { Injectable } from '@nestjs/common';
import { CleanupService } from '../cleanup/cleanup.service.js';
import { SessionError } from '../core/session-error.js';
import { SessionStore } from '../sessions/session-store.js';

/** One entry of a health check, in the shape of @nestjs/terminus. */
export type SessionHealth<Key extends string = string> = Record<
  Key,
  {
    readonly status: 'up' | 'down';
    /** Time the store took to answer. */
    readonly storeLatencyMs?: number;
    /** Since the last cleanup of this node; absent before the first. */
    readonly secondsSinceCleanup?: number;
    readonly message?: string;
  }
>;

/** Says whether sessions can be served, for terminus or a route of the app's own. */
@Injectable()
export class SessionHealthIndicator {
  constructor(
    private readonly store: SessionStore,
    private readonly cleanup: CleanupService,
  ) {}

  /** Asks the store. Never throws: a store that does not answer is `down`. */
  async isHealthy<Key extends string>(key: Key): Promise<SessionHealth<Key>> {
    const startedMs = performance.now();
    const sinceCleanup = this.cleanup.secondsSinceLastRun;
    const cleanup =
      sinceCleanup === undefined ? {} : { secondsSinceCleanup: Math.round(sinceCleanup) };
    try {
      await this.store.ping();
    } catch (error) {
      const message = error instanceof SessionError ? error.message : 'Session store unavailable';
      return { [key]: { status: 'down', message, ...cleanup } } as SessionHealth<Key>;
    }
    const storeLatencyMs = Math.round((performance.now() - startedMs) * 10) / 10;
    return { [key]: { status: 'up', storeLatencyMs, ...cleanup } } as SessionHealth<Key>;
  }
}
