import { Clock } from '../core/clock.js';

/** A clock that does not advance until a test moves it. Install it with `.overrideProvider(Clock).useValue(clock)`. */
export class FakeClock extends Clock {
  #nowMs: number;

  /** @param startMs epoch milliseconds; default: now */
  constructor(startMs: number = Date.now()) {
    super();
    this.#nowMs = startMs;
  }

  override nowMs(): number {
    return this.#nowMs;
  }

  /** Advances the clock by this number of milliseconds. */
  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }
}
