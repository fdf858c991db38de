import type { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { SessionConfigError } from '../core/session-config-error.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { timers } from '../core/timers.js';

/** Under this name the app finds the timer or job in its SchedulerRegistry. */
const NAME = 'nestjs-session-kit:cleanup';

/** How much a run may come earlier or later, so that nodes that started together do not sweep together. */
const JITTER = 0.1;

/** When sweeps run. Kept in the app's SchedulerRegistry where it has one; ScheduleModule itself is never imported. */
export class CleanupSchedule {
  readonly #job: CronJob | undefined;
  #work: () => Promise<void> = async () => undefined;

  /** @throws SessionConfigError when the cron expression cannot be read */
  constructor(
    private readonly options: ResolvedOptions['cleanup'],
    private readonly registry: SchedulerRegistry,
  ) {
    const { enabled, cron } = options;
    if (enabled && cron !== undefined) this.#job = cronJob(cron, () => this.#work());
  }

  /** @param work must not reject */
  start(work: () => Promise<void>): void {
    if (!this.options.enabled) return;
    this.#work = work;
    if (!this.#job) return this.#plan();
    this.registry.addCronJob(NAME, this.#job);
    this.#job.start();
  }

  stop(): void {
    this.#work = async () => undefined;
    if (this.registry.doesExist('cron', NAME)) this.registry.deleteCronJob(NAME);
    if (this.registry.doesExist('timeout', NAME)) this.registry.deleteTimeout(NAME);
  }

  /** One timer after the other, so that a long sweep is never overtaken by the next. */
  #plan(): void {
    const factor = 1 + JITTER * (2 * Math.random() - 1);
    const timer = timers.setTimeout(() => void this.#turn(), this.options.everyMs * factor);
    timer.unref();
    this.registry.addTimeout(NAME, timer);
  }

  async #turn(): Promise<void> {
    this.registry.deleteTimeout(NAME);
    const work = this.#work;
    await work();
    if (this.#work === work) this.#plan();
  }
}

function cronJob(expression: string, onTick: () => Promise<void>): CronJob {
  try {
    return CronJob.from({ cronTime: expression, onTick, unrefTimeout: true });
  } catch {
    const message = "cannot be read; write it like '0 3 * * *' (minute, hour, day, month, weekday)";
    throw new SessionConfigError([{ path: 'cleanup.cron', message }]);
  }
}
