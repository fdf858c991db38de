import { errorMessage } from '../../core/escape-control-characters.js';
import { SessionConfigError } from '../../core/session-config-error.js';
import type { RateLimitCounter } from '../../store/rate-limit-counter.js';
import type { RevocationLog } from '../../store/revocation-log.js';
import type { StoreBackend, StoreContext } from '../../store/store-backend.js';
import { RedisKeys } from './codec/redis-keys.js';
import { ScriptRunner } from './commands/script-runner.js';
import { connect } from './connection/connect.js';
import type { RedisConnection } from './connection/redis-client.js';
import { RedisClock } from './connection/redis-clock.js';
import { RedisUnusableError } from './connection/redis-unusable-error.js';
import { RedisAdmin } from './redis-admin.js';
import { RedisDiagnostics } from './redis-diagnostics.js';
import { RedisRateLimitCounter } from './redis-rate-limit-counter.js';
import { RedisRevocationLog } from './redis-revocation-log.js';
import { RedisSessionStore } from './redis-session-store.js';
import { type RedisContext, pingScripts } from './redis-context.js';

export interface RedisBackend extends StoreBackend {
  readonly revocationLog: RevocationLog;
  readonly rateLimitCounter: RateLimitCounter;
  /**
   * Waits for the first answer and follows the clock of Redis.
   * @throws SessionConfigError when Redis cannot be reached or used
   */
  onModuleInit(): Promise<void>;
  onApplicationShutdown(): Promise<void>;
}

/** The backend with the parts that only the command line uses. */
export interface OpenRedis {
  readonly backend: RedisBackend;
  readonly admin: RedisAdmin;
  /** The last error of the connection, for messages. */
  lastError(): string | undefined;
}

/**
 * Keeps sessions, revocations and rate limits in Redis 7 or Valkey: one server, Sentinel or Cluster. The option `redis`
 * makes this backend; make it yourself to wrap its ports.
 *
 * @example
 * ```ts
 * SessionModule.forRoot({
 *   secret,
 *   store: (context) => {
 *     const redis = redisBackend({ url: process.env.REDIS_URL }, context);
 *     return { ...redis, store: new TracedStore(redis.store) };
 *   },
 * })
 * ```
 *
 * @throws SessionConfigError for an invalid connection
 */
export function redisBackend(connection: RedisConnection, context: StoreContext): RedisBackend {
  return openRedis(connection, context).backend;
}

/** @throws SessionConfigError for an invalid connection */
export function openRedis(connection: RedisConnection, context: StoreContext): OpenRedis {
  const { client, address, lastError, close } = connect(connection);
  const { clock, keyPrefix, revocation } = context;
  const scripts = new ScriptRunner(client);
  const shared: RedisContext = {
    client,
    scripts,
    keys: new RedisKeys(keyPrefix),
    clock,
    revocation,
  };
  const redisClock = new RedisClock(client, clock);
  const revocationLog = new RedisRevocationLog(shared);
  const stop = (): void => {
    redisClock.stop();
    close();
  };
  const backend = {
    store: new RedisSessionStore(shared, revocationLog, redisClock),
    revocationLog,
    rateLimitCounter: new RedisRateLimitCounter(client),
    diagnostics: new RedisDiagnostics(shared, redisClock),
    onModuleInit: async () => {
      try {
        await redisClock.start();
        await pingScripts(shared);
      } catch (error) {
        stop();
        if (error instanceof SessionConfigError) throw error;
        throw new RedisUnusableError(address, lastError() ?? errorMessage(error));
      }
    },
    onApplicationShutdown: async () => stop(),
  };
  return { backend, admin: new RedisAdmin(shared), lastError };
}
