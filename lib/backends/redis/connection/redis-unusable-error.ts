import { SessionConfigError } from '../../../core/session-config-error.js';

/** Redis does not answer at start, or lacks a feature that the store needs. */
export class RedisUnusableError extends SessionConfigError {
  readonly #reason: string;

  constructor(address: string, reason: string) {
    const message = `cannot use ${address} (${reason}); start Redis 7 or Valkey there, correct the option redis, or omit it to keep sessions in memory`;
    super([{ path: 'redis', message }]);
    this.#reason = reason;
  }

  /** The error of Redis or of the connection, for callers without module options. */
  get reason(): string {
    return this.#reason;
  }
}
