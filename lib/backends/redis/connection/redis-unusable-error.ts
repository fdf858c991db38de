import { SessionConfigError } from '../../../core/session-config-error.js';

/** Redis gave no first answer, or cannot do what the store needs. */
export class RedisUnusableError extends SessionConfigError {
  readonly #reason: string;

  constructor(address: string, reason: string) {
    const message = `cannot use ${address} (${reason}); start Redis 7 or Valkey there, correct the redis option, or leave it out to keep sessions in memory`;
    super([{ path: 'redis', message }]);
    this.#reason = reason;
  }

  /** What Redis or the connection said, for those who have no options to correct. */
  get reason(): string {
    return this.#reason;
  }
}
