import { escapeControlCharacters, errorMessage } from '../core/escape-control-characters.js';
import { SessionConfigError } from '../core/session-config-error.js';
import type { OpenRedis } from '../backends/redis/redis-backend.js';
import { RedisUnusableError } from '../backends/redis/connection/redis-unusable-error.js';

/**
 * Describes a failure of Redis for the operator. Uses only messages: errors of ioredis contain arguments, including
 * those of AUTH.
 */
export function describeRedisError(error: unknown, redis: OpenRedis): string {
  if (error instanceof RedisUnusableError) return error.reason;
  if (error instanceof SessionConfigError) {
    return error.problems.map(({ message }) => escapeControlCharacters(message)).join('; ');
  }
  const message = errorMessage(error);
  // An error reply of Redis concerns this command; otherwise the error of the connection is more specific than that of
  // the command.
  const answered = error instanceof Error && error.name === 'ReplyError';
  return answered ? message : (redis.lastError() ?? message);
}
