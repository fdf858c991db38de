import { Clock } from '../core/clock.js';
import { escapeControlCharacters } from '../core/escape-control-characters.js';
import { SessionEvents } from '../events/session-events.service.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { type OpenRedis, openRedis } from '../backends/redis/redis-backend.js';
import type { SessionStore } from '../store/session-store.js';
import type { CommandIo } from './command-io.js';
import { CommandError, EXIT } from './command-result.js';
import { describeRedisError } from './describe-redis-error.js';
import type { RedisTarget } from './redis-target.js';

/** The store, output and arguments of a command. */
export interface CommandContext {
  readonly io: CommandIo;
  readonly redis: OpenRedis;
  readonly store: SessionStore;
  readonly revoker: SessionRevoker;
  readonly clock: Clock;
  readonly target: RedisTarget;
  readonly keyPrefix: string;
  /** Asks for confirmation; true if none is required. */
  confirm(question: string): Promise<boolean>;
}

export interface ContextOptions {
  readonly io: CommandIo;
  readonly target: RedisTarget;
  readonly keyPrefix: string;
  /** Confirmed in advance. */
  readonly yes: boolean;
}

/** The options of the application are not known here, so no entry of the log is dropped. */
const REVOCATION = { windowMs: Infinity, maxStalenessMs: 1000, waitReplicas: 0 };

/**
 * Opens the store for `work` and closes it afterwards.
 * @throws CommandError if Redis fails
 */
export async function withStore<T>(
  { io, target, keyPrefix, yes }: ContextOptions,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  const clock = new Clock();
  const redis = openRedis(target.connection, { clock, keyPrefix, revocation: REVOCATION });
  const { store, revocationLog } = redis.backend;
  const revoker = new SessionRevoker(store, revocationLog, new SessionEvents(clock));
  const confirm = async (question: string): Promise<boolean> =>
    yes ||
    (await io.ask?.(`${escapeControlCharacters(question)} Type yes to continue: `))
      ?.trim()
      .toLowerCase() === 'yes';
  try {
    await redis.backend.onModuleInit();
    return await work({ io, redis, store, revoker, clock, target, keyPrefix, confirm });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = describeRedisError(error, redis);
    throw new CommandError(EXIT.failed, `${target.address} failed: ${reason}`);
  } finally {
    await redis.backend.onApplicationShutdown();
  }
}
