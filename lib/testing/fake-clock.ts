import { Clock } from '../core/clock.js';

/** A clock that stands still until a test moves it. Put it in with `.overrideProvider(Clock).useValue(clock)`. */
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

  /** Moves on by this many milliseconds. */
  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }
}
