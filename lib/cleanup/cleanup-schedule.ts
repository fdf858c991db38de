import type { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { SessionConfigError } from '../core/session-config-error.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { timers } from '../core/timers.js';

/** Random variation of the interval, so that nodes that started together do not sweep at the same time. */
const JITTER_RATIO = 0.1;

/**
 * Schedules the sweeps. Uses the SchedulerRegistry of the application if it has one; ScheduleModule itself is never
 * imported.
 */
export class CleanupSchedule {
  /** The name of the timer or job in the SchedulerRegistry of the application. */
  readonly #name: string;
  readonly #job: CronJob | undefined;
  readonly #options: ResolvedOptions['cleanup'];
  #work: () => Promise<void> = async () => undefined;

  /** @throws SessionConfigError if the cron expression is invalid */
  constructor(
    { cleanup, keyPrefix }: Pick<ResolvedOptions, 'cleanup' | 'keyPrefix'>,
    private readonly registry: SchedulerRegistry,
  ) {
    this.#options = cleanup;
    this.#name = `nestjs-session-kit:cleanup:${keyPrefix}`;
    const { enabled, cron } = cleanup;
    if (enabled && cron !== undefined) this.#job = cronJob(cron, () => this.#work());
  }

  /** @param work must not reject */
  start(work: () => Promise<void>): void {
    if (!this.#options.enabled) return;
    this.#work = work;
    if (!this.#job) return this.#scheduleNext();
    this.registry.addCronJob(this.#name, this.#job);
    this.#job.start();
  }

  stop(): void {
    this.#work = async () => undefined;
    if (this.registry.doesExist('cron', this.#name)) this.registry.deleteCronJob(this.#name);
    if (this.registry.doesExist('timeout', this.#name)) this.registry.deleteTimeout(this.#name);
  }

  /** Starts the next timer after a sweep ends, so that sweeps never overlap. */
  #scheduleNext(): void {
    const factor = 1 + JITTER_RATIO * (2 * Math.random() - 1);
    const timer = timers.setTimeout(() => void this.#runOnce(), this.#options.everyMs * factor);
    timer.unref();
    this.registry.addTimeout(this.#name, timer);
  }

  async #runOnce(): Promise<void> {
    this.registry.deleteTimeout(this.#name);
    const work = this.#work;
    await work();
    if (this.#work === work) this.#scheduleNext();
  }
}

function cronJob(expression: string, onTick: () => Promise<void>): CronJob {
  try {
    return CronJob.from({ cronTime: expression, onTick, unrefTimeout: true });
  } catch {
    const message =
      "cannot be read; expected an expression such as '0 3 * * *' (minute, hour, day, month, weekday)";
    throw new SessionConfigError([{ path: 'cleanup.cron', message }]);
  }
}
