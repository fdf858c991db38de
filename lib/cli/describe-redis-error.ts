import { escapeControlCharacters, errorMessage } from '../core/escape-control-characters.js';
import { SessionConfigError } from '../core/session-config-error.js';
import type { RedisSessionStore } from '../backends/redis/redis-session-store.js';
import { RedisUnusableError } from '../backends/redis/connection/redis-unusable-error.js';

/** Why Redis failed, in words for who runs it. Only messages: errors of ioredis carry arguments, AUTH's too. */
export function describeRedisError(error: unknown, store: RedisSessionStore): string {
  if (error instanceof RedisUnusableError) return error.reason;
  if (error instanceof SessionConfigError) {
    return error.problems.map(({ message }) => escapeControlCharacters(message)).join('; ');
  }
  const message = errorMessage(error);
  // What Redis answered is about this command; else the connection knows more than the command that it took along.
  const answered = error instanceof Error && error.name === 'ReplyError';
  return answered ? message : (store.lastError ?? message);
}
