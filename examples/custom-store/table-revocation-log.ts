import {
  type Clock,
  type LogEntry,
  newLogEntry,
  PollingRevocationLog,
  type Revocation,
  type RevocationSettings,
  type SessionStore,
  type StoredLogEntry,
} from 'nestjs-session-kit';
import type { Database } from './database.js';

/** A revocation log in a table. `PollingRevocationLog` does everything except reading and writing. */
export class TableRevocationLog extends PollingRevocationLog {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    store: SessionStore,
    revocation: RevocationSettings,
  ) {
    super(store, revocation);
  }

  /** SQL takes a lock before it reads the highest position, and holds it until the commit. */
  protected append(entries: readonly LogEntry[]): Promise<void> {
    return this.database.transaction(() => {
      for (const entry of entries) appendEntry(this.database, this.clock.nowMs(), entry);
    });
  }

  /** `SELECT ... WHERE position >= $1 ORDER BY position LIMIT $2` */
  protected readSince(position: number, limit: number): Promise<StoredLogEntry[]> {
    return this.database.transaction(() =>
      this.database.revocations.filter((entry) => entry.position >= position).slice(0, limit),
    );
  }
}

/** Publishes a revocation within a transaction of the store. */
export function appendRevocation(database: Database, nowMs: number, revocation: Revocation): void {
  appendEntry(database, nowMs, newLogEntry(revocation));
}

/** Drops entries that no access token can be older than. */
export function dropRevocations({ revocations }: Database, beforeMs: number): void {
  while (revocations.length > 1 && revocations[0]!.atMs < beforeMs) revocations.shift();
}

function appendEntry({ revocations }: Database, nowMs: number, entry: LogEntry): void {
  const last = revocations.at(-1);
  const atMs = Math.max(nowMs, last?.atMs ?? 0);
  revocations.push({ ...entry, position: (last?.position ?? 0) + 1, atMs });
}
