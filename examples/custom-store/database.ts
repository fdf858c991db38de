import { setImmediate } from 'node:timers/promises';
import type { StoredLogEntry } from 'nestjs-session-kit';

/** `CREATE TABLE sessions (handle text PRIMARY KEY, user_key text, ...)`, with an index on `user_key`. */
export interface SessionRow {
  readonly handle: string;
  readonly userKey: string;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
  readonly version: number;
  readonly epoch: number;
  readonly body: string;
}

/** `CREATE TABLE forwards (old_handle text PRIMARY KEY, handle text, expires_at_ms bigint)` */
export interface ForwardRow {
  readonly handle: string;
  readonly expiresAtMs: number;
}

/** Stands for a SQL database that all nodes share. A real one makes the maps tables and each transaction SQL. */
export class Database {
  readonly sessions = new Map<string, SessionRow>();
  readonly forwards = new Map<string, ForwardRow>();
  readonly revocations: StoredLogEntry[] = [];
  epoch = 0;

  /** Runs `work` while no other transaction runs, after a round trip. */
  async transaction<T>(work: () => T): Promise<T> {
    await setImmediate();
    return work();
  }
}
