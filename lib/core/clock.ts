import { Injectable } from '@nestjs/common';
import { timers } from './timers.js';

/**
 * The only source of wall time. Every operation reads the time once and passes it on, so that one decision never uses
 * two different times.
 */
@Injectable()
export class Clock {
  #offsetMs = 0;

  /** Epoch milliseconds of the store: the clock of this process plus the measured clock offset. */
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  /**
   * Follows the clock of the store, so that all nodes agree on when a session expires.
   * @param offsetMs store time minus process time, in milliseconds
   */
  follow(offsetMs: number): void {
    this.#offsetMs = offsetMs;
  }
}

/**
 * One point in time on both clocks of this process: wall time may jump, monotonic time may stop while the machine
 * sleeps.
 */
export interface ClockReading {
  /** `performance.now()` */
  readonly monotonicMs: number;
  /** `Date.now()` */
  readonly wallMs: number;
}

export function readClock(): ClockReading {
  return { monotonicMs: timers.monotonicMs(), wallMs: Date.now() };
}

/** The time since the reading, by the clock that shows the longer time. */
export function ageMs({ monotonicMs, wallMs }: ClockReading): number {
  return Math.max(timers.monotonicMs() - monotonicMs, Date.now() - wallMs);
}
