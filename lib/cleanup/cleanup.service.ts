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

/** Result of one sweep. */
export interface CleanupReport {
  /** Number of expired records removed. */
  removedSessions: number;
  /** Number of index entries removed whose session record was gone. */
  prunedIndexEntries: number;
  scannedKeys: number;
  durationMs: number;
  /** Set if another node is sweeping. */
  skipped?: 'leased-elsewhere';
}

/** Removes the remains of expired sessions, on request and on schedule. Never modifies a live session. */
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

  /**
   * Seconds since the last run of this node, including runs skipped because another node was sweeping; undefined before
   * the first.
   */
  get secondsSinceLastRun(): number | undefined {
    if (this.#lastEndedMs === undefined) return undefined;
    return (timers.monotonicMs() - this.#lastEndedMs) / 1000;
  }

  /**
   * Sweeps once, in batches. If a sweep is already running in this process, waits for that one.
   * @throws SessionError `STORE_UNAVAILABLE` if the store fails during the sweep; records removed by then stay removed
   */
  run(): Promise<CleanupReport> {
    this.#running ??= this.#sweep().finally(() => (this.#running = undefined));
    return this.#running;
  }

  onApplicationBootstrap(): void {
    this.#schedule.start(async () => {
      // The resilient store has logged the cause; the next run tries again.
      await this.run().catch(() => this.#logger.warn('the cleanup stopped: the store failed'));
    });
  }

  /** Stops a running sweep after its current batch. */
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
