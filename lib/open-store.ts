import { memoryBackend } from './backends/memory/memory-backend.js';
import { redisBackend } from './backends/redis/redis-backend.js';
import type { Clock } from './core/clock.js';
import type { ResolvedOptions } from './options/resolved-options.js';
import type { SessionModuleOptions } from './session-module-options.js';
import type { SessionStore } from './store/session-store.js';
import type { StoreBackend } from './store/store-backend.js';

/**
 * Returns the store or backend that the options name; without `store` and `redis` it is in memory.
 * @throws SessionConfigError for an invalid connection
 */
export function openStore(
  { redis, store }: SessionModuleOptions,
  { keyPrefix, memory, revocation: { windowMs, maxStalenessMs, waitReplicas } }: ResolvedOptions,
  clock: Clock,
): SessionStore | StoreBackend {
  const revocation = { windowMs, maxStalenessMs, waitReplicas };
  const context = { clock, keyPrefix, revocation };
  if (typeof store === 'function') return store(context);
  if (store) return store;
  return redis
    ? redisBackend(redis, context)
    : memoryBackend({ clock, maxSessions: memory.maxSessions });
}
