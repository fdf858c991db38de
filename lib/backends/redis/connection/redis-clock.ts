import { Logger } from '@nestjs/common';
import type { Clock } from '../../../core/clock.js';
import { SessionConfigError } from '../../../core/session-config-error.js';
import type { RedisClient } from './redis-client.js';
import { clockOffset, firstClockOffset } from './redis-info.js';
import { timers } from '../../../core/timers.js';

const MAX_SKEW_MS = 5000;
const INTERVAL_MS = 30_000;
/** A slower answer is too inaccurate to measure the offset. */
const MAX_ROUND_TRIP_MS = 200;

/**
 * Keeps the clock of this process in step with that of Redis: at start and continuously, because a clock can be set
 * while the process runs. A node with a different time would sign tokens that the others refuse, and end live sessions.
 */
export class RedisClock {
  readonly #logger = new Logger('SessionStore');
  #offsetMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: RedisClient,
    private readonly clock: Clock,
  ) {}

  /** The clock of Redis minus that of this machine. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /**
   * Waits for a Redis that is still starting.
   * @throws SessionConfigError when the two clocks are too far apart, and the errors of the client
   */
  async start(): Promise<void> {
    this.#follow(await firstClockOffset(this.client));
    if (Math.abs(this.#offsetMs) > MAX_SKEW_MS) {
      const message = `the clock of Redis is ${this.#offsetMs} ms from the clock of this machine; at most ${MAX_SKEW_MS} ms are allowed, so synchronise them with NTP`;
      throw new SessionConfigError([{ path: 'redis', message }]);
    }
    this.#timer = timers.setInterval(() => void this.measure(), INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    timers.clearInterval(this.#timer);
  }

  /** Measures the offset again; if Redis does not answer in time, the last measurement stays in effect. */
  async measure(): Promise<void> {
    const measured = await clockOffset(this.client).catch(() => undefined);
    if (!measured || measured.roundTripMs > MAX_ROUND_TRIP_MS) return;
    const changeMs = Math.abs(measured.offsetMs - this.#offsetMs);
    if (changeMs > MAX_SKEW_MS) {
      this.#logger.warn(
        `the clock of this machine or of Redis jumped by ${changeMs} ms; the kit follows the clock of Redis`,
      );
    }
    this.#follow(measured.offsetMs);
  }

  #follow(offsetMs: number): void {
    this.#offsetMs = offsetMs;
    this.clock.follow(offsetMs);
  }
}
