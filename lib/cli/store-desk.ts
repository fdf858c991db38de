import { Clock } from '../core/clock.js';
import { plainText } from '../core/plain-text.js';
import { SessionEvents } from '../events/session-events.js';
import { SessionEndings } from '../sessions/session-endings.js';
import { RedisSessionStore } from '../stores/redis/redis-session-store.js';
import type { Io } from './io.js';
import { CommandError, EXIT } from './outcome.js';
import { failureReason } from './redis-failure.js';
import type { RedisTarget } from './redis-target.js';

/** What a command on the sessions in Redis works with. */
export interface StoreDesk {
  readonly io: Io;
  readonly store: RedisSessionStore;
  readonly endings: SessionEndings;
  readonly clock: Clock;
  readonly target: RedisTarget;
  readonly keyPrefix: string;
  /** Whether the person agrees; true where nobody has to be asked. */
  confirm(question: string): Promise<boolean>;
}

export interface DeskSetup {
  readonly io: Io;
  readonly target: RedisTarget;
  readonly keyPrefix: string;
  /** Agreed in advance. */
  readonly yes: boolean;
}

/**
 * Opens the store for `work` and closes it after.
 * @throws CommandError when Redis fails
 */
export async function atDesk<T>(
  { io, target, keyPrefix, yes }: DeskSetup,
  work: (desk: StoreDesk) => Promise<T>,
): Promise<T> {
  const clock = new Clock();
  const store = new RedisSessionStore(target.connection, keyPrefix, clock);
  const endings = new SessionEndings(store, new SessionEvents(clock));
  const confirm = async (question: string): Promise<boolean> =>
    yes ||
    (await io.ask?.(`${plainText(question)} Type yes to go on: `))?.trim().toLowerCase() === 'yes';
  try {
    await store.onModuleInit();
    return await work({ io, store, endings, clock, target, keyPrefix, confirm });
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = failureReason(error, store);
    throw new CommandError(EXIT.failed, `${target.address} failed: ${reason}`);
  } finally {
    store.onApplicationShutdown();
  }
}
