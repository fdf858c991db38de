import { Clock } from '../core/clock.js';
import { escapeControlCharacters } from '../core/escape-control-characters.js';
import { SessionEvents } from '../events/session-events.service.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { RedisSessionStore } from '../backends/redis/redis-session-store.js';
import type { CommandIo } from './command-io.js';
import { CommandError, EXIT } from './command-result.js';
import { describeRedisError } from './describe-redis-error.js';
import type { RedisTarget } from './redis-target.js';

/** The store, output and arguments of a command. */
export interface CommandContext {
  readonly io: CommandIo;
  readonly store: RedisSessionStore;
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

/**
 * Opens the store for `work` and closes it afterwards.
 * @throws CommandError if Redis fails
 */
export async function withStore<T>(
  { io, target, keyPrefix, yes }: ContextOptions,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  const clock = new Clock();
  const store = new RedisSessionStore(target.connection, keyPrefix, clock);
  const revoker = new SessionRevoker(store, new SessionEvents(clock));
  const confirm = async (question: string): Promise<boolean> =>
    yes ||
    (await io.ask?.(`${escapeControlCharacters(question)} Type yes to continue: `))
      ?.trim()
      .toLowerCase() === 'yes';
  try {
    await store.onModuleInit();
    return await work({ io, store, revoker, clock, target, keyPrefix, confirm });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = describeRedisError(error, store);
    throw new CommandError(EXIT.failed, `${target.address} failed: ${reason}`);
  } finally {
    store.onApplicationShutdown();
  }
}
