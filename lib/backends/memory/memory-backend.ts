import cluster from 'node:cluster';
import type { Clock } from '../../core/clock.js';
import type { RevocationLog } from '../../store/revocation-log.js';
import type { StoreBackend } from '../../store/store-backend.js';
import { MemoryRevocationLog } from './memory-revocation-log.js';
import { MemorySessionStore } from './memory-session-store.js';

export interface MemoryBackendOptions {
  /** The clock by which sessions expire. */
  readonly clock: Clock;
  /** Maximum number of sessions, not counting expired ones. */
  readonly maxSessions: number;
}

export interface MemoryBackend extends StoreBackend {
  readonly revocationLog: RevocationLog;
}

/** Keeps sessions and revocations in the memory of this process. */
export function memoryBackend({ clock, maxSessions }: MemoryBackendOptions): MemoryBackend {
  const revocationLog = new MemoryRevocationLog(clock);
  const store = new MemorySessionStore(clock, maxSessions, revocationLog);
  return { store, revocationLog, diagnostics: { startupWarnings } };
}

async function startupWarnings(): Promise<readonly string[]> {
  if (!cluster.isWorker) return [];
  return [
    'each worker of node:cluster has its own sessions in memory, so users are logged out at random; use Redis',
  ];
}
