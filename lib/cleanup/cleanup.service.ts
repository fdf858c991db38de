import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  Optional,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { escapeJson } from '../core/escape-control-characters.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { SessionStore } from '../store/session-store.js';
import { CleanupSchedule } from './cleanup-schedule.js';
import { timers } from '../core/timers.js';

/** What one sweep did. */
export interface CleanupReport {
  /** Records whose time was over. */
  removedSessions: number;
  /** Entries in users' lists of sessions that are gone. */
  prunedIndexEntries: number;
  scannedKeys: number;
  durationMs: number;
  /** Another node sweeps right now. */
  skipped?: 'leased-elsewhere';
}

/** Removes what expired sessions leave behind: now, and on schedule. A session that lives is never touched. */
@Injectable()
export class CleanupService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('CleanupService');
  readonly #schedule: CleanupSchedule;
  readonly #stop = new AbortController();
  #running: Promise<CleanupReport> | undefined;
  #lastEndedMs: number | undefined;

  constructor(
    private readonly store: SessionStore,
    private readonly options: ResolvedOptions,
    @Optional() registry?: SchedulerRegistry,
  ) {
    this.#schedule = new CleanupSchedule(options, registry ?? new SchedulerRegistry());
  }

  /** Seconds since a sweep of this node ended, its own or one it found under way elsewhere; undefined before the first. */
  get secondsSinceLastRun(): number | undefined {
    if (this.#lastEndedMs === undefined) return undefined;
    return (timers.monotonicMs() - this.#lastEndedMs) / 1000;
  }

  /**
   * Sweeps once, in batches. While a sweep of this process runs, it is the one that is waited for.
   * @throws SessionError `STORE_UNAVAILABLE` when the store fails in the middle; what was removed by then is gone
   */
  run(): Promise<CleanupReport> {
    this.#running ??= this.#sweep().finally(() => (this.#running = undefined));
    return this.#running;
  }

  onApplicationBootstrap(): void {
    this.#schedule.start(async () => {
      // The store's own guard has logged why; the next run tries again.
      await this.run().catch(() => this.#logger.warn('the cleanup stopped: the store failed'));
    });
  }

  /** Lets a sweep end after its present batch. */
  async onModuleDestroy(): Promise<void> {
    this.#schedule.stop();
    this.#stop.abort();
    await this.#running?.catch(() => undefined);
  }

  async #sweep(): Promise<CleanupReport> {
    const startedMs = timers.monotonicMs();
    const report: CleanupReport = {
      removedSessions: 0,
      prunedIndexEntries: 0,
      scannedKeys: 0,
      durationMs: 0,
    };
    const { batchSize } = this.options.cleanup;
    for await (const step of this.store.sweep({ batchSize, signal: this.#stop.signal })) {
      if ('skipped' in step) {
        report.skipped = step.skipped;
        continue;
      }
      report.removedSessions += step.removedSessions;
      report.prunedIndexEntries += step.prunedIndexEntries;
      report.scannedKeys += step.scannedKeys;
    }
    const endedMs = timers.monotonicMs();
    report.durationMs = Math.round(endedMs - startedMs);
    this.#lastEndedMs = endedMs;
    this.#logger.log(`cleanup ${escapeJson(report)}`);
    return report;
  }
}
