import { SessionError } from '../core/session-error.js';
import { UPDATE_MS, Deadline } from './timeout.js';

/**
 * Lets one change of a session run at a time in this process, so that callers here never conflict with each other and
 * only other processes remain to be raced.
 */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * Runs `task` after the ones that wait for the same handle. The deadline counts from now, the wait included.
   * @throws SessionError `STORE_UNAVAILABLE` when the turn comes too late
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
