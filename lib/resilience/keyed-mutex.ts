import { SessionError } from '../core/session-error.js';
import { UPDATE_MS, Deadline } from './timeout.js';

/** Runs one change of a session at a time in this process, so that write conflicts occur only between processes. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs `task` after the tasks queued for the same handle. The deadline starts now and includes the wait.
   * @throws SessionError `STORE_UNAVAILABLE` if the deadline passes before the task can start
   */
  async runExclusive<T>(handle: string, task: (deadline: Deadline) => Promise<T>): Promise<T> {
    const deadline = new Deadline(UPDATE_MS);
    const before = this.#last.get(handle) ?? Promise.resolve();
    const turn = before.then(() => {
      if (deadline.passed) throw new SessionError('STORE_UNAVAILABLE');
      return task(deadline);
    });
    const settled = turn.catch(() => undefined);
    this.#last.set(handle, settled);
    try {
      return await turn;
    } finally {
      if (this.#last.get(handle) === settled) this.#last.delete(handle);
    }
  }
}
