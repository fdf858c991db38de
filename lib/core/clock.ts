import { Injectable } from '@nestjs/common';
import { timers } from './timers.js';

/**
 * The one source of wall time. Every rule takes the time once per operation and passes it on, so that one decision
 * never sees two times.
 */
@Injectable()
export class Clock {
  #offsetMs = 0;

  /** Epoch milliseconds of the store: this process's clock plus the measured offset of the store's. */
  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  /**
   * Follows the clock of the store, so that all nodes judge an expiry alike.
   * @param offsetMs store time minus process time, in milliseconds
   */
  follow(offsetMs: number): void {
    this.#offsetMs = offsetMs;
  }
}

/** A moment on both clocks of this process: one may jump, the other stands still while the machine sleeps. */
export interface ClockReading {
  /** `performance.now()` */
  readonly monotonicMs: number;
  /** `Date.now()` */
  readonly wallMs: number;
}

export function readClock(): ClockReading {
  return { monotonicMs: timers.monotonicMs(), wallMs: Date.now() };
}

/** How long ago that was by the clock that says longer. */
export function ageMs({ monotonicMs, wallMs }: ClockReading): number {
  return Math.max(timers.monotonicMs() - monotonicMs, Date.now() - wallMs);
}
