import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { escapeControlCharacters, errorMessage } from '../core/escape-control-characters.js';
import type { SessionEvent, SessionEventInput } from './session-event.js';

export type SessionEventListener = (event: SessionEvent) => void | Promise<void>;

/** Notifies listeners of the application of session events. */
@Injectable()
export class SessionEvents {
  readonly #logger = new Logger('SessionEvents');
  readonly #listeners = new Set<SessionEventListener>();

  constructor(private readonly clock: Clock) {}

  /**
   * Calls `listener` with every event from now on. It does not affect the request: errors that it throws or rejects
   * with are logged.
   * @returns a function that removes the listener
   * @throws TypeError if the listener is not a function
   */
  on(listener: SessionEventListener): () => void {
    if (typeof listener !== 'function') throw new TypeError('listener must be a function');
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @internal */
  emit(event: SessionEventInput): void {
    if (this.#listeners.size === 0) return;
    const timed = Object.freeze({ time: new Date(this.clock.nowMs()).toISOString(), ...event });
    for (const listener of this.#listeners) this.#notify(listener, timed);
  }

  #notify(listener: SessionEventListener, event: SessionEvent): void {
    try {
      Promise.resolve(listener(event)).catch((error: unknown) => this.#failed(event, error));
    } catch (error) {
      this.#failed(event, error);
    }
  }

  #failed({ type }: SessionEvent, error: unknown): void {
    this.#logger.error(
      `a listener failed on ${escapeControlCharacters(type)}: ${errorMessage(error)}`,
    );
  }
}
