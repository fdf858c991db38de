import { randomId } from '../../core/random.js';
import { STORE_CALL_MS, withTimeout } from '../../resilience/timeout.js';
import { tagOf } from '../../rules/handle.js';
import type { SweepOptions, SweepStep } from '../../store/session-store.js';
import { withCommandTimeout } from './commands/command-timeout.js';
import { mastersOf, type RedisClient, type RedisClusterClient } from './connection/redis-client.js';
import type { RedisKeys } from './codec/redis-keys.js';
import type { ScriptRunner } from './commands/script-runner.js';
import { RELEASE_LEASE, RECORD_COMPLETION, ACQUIRE_LEASE } from './scripts/lease.js';
import { SWEEP_INDEX } from './scripts/sweep-index.js';

/** Longer than the timeout of a batch, and short enough that a crashed node does not block the others for long. */
const LEASE_MS = 15_000;

/** Longer than any cleanup interval, so that the time of completion expires only if no node sweeps any more. */
const COMPLETION_TTL_MS = 90 * 24 * 3_600_000;

export interface SweepContext {
  readonly client: RedisClient | RedisClusterClient;
  readonly scripts: ScriptRunner;
  readonly keys: RedisKeys;
  readonly nowMs: () => number;
  /** Called first: a sweep ends sessions by time, so the clock has to be correct. */
  readonly prepare: () => Promise<void>;
}

/**
 * Scans all indexes on each master of a Cluster, under a lease that is renewed with every batch. Redis expires records
 * by itself; only their index entries remain.
 */
export async function* redisSweep(
  { client, scripts, keys, nowMs, prepare }: SweepContext,
  { batchSize, signal }: SweepOptions,
): AsyncIterable<SweepStep> {
  const holder = `${nowMs()} ${randomId()}`;
  const acquireLease = async (): Promise<boolean> =>
    (await scripts.run<0 | 1>(ACQUIRE_LEASE, [keys.cleanupLease], [holder, LEASE_MS])) === 1;
  if (!(await acquireLease())) {
    yield { skipped: 'leased-elsewhere' };
    return;
  }
  try {
    await prepare();
    for (const master of mastersOf(client)) {
      let cursor = '0';
      do {
        const [next, indexes] = await withCommandTimeout(
          master.scan(cursor, 'MATCH', keys.everyIndex, 'COUNT', batchSize),
        );
        const swept = await Promise.all(
          indexes.map((index) => {
            const recordPrefix = keys.recordPrefix(tagOf(keys.digestIn(index)));
            return scripts.run<[number, number]>(SWEEP_INDEX, [index], [recordPrefix, nowMs()]);
          }),
        );
        yield {
          scannedKeys: indexes.length,
          removedSessions: sum(swept.map(([removed]) => removed)),
          prunedIndexEntries: sum(swept.map(([, pruned]) => pruned)),
        };
        cursor = next;
        // If the lease is lost, another node sweeps, on every master.
        if (signal.aborted || !(await acquireLease())) return;
      } while (cursor !== '0');
    }
    await scripts.run(RECORD_COMPLETION, [keys.cleanupDone], [nowMs(), COMPLETION_TTL_MS]);
  } finally {
    await scripts.run(RELEASE_LEASE, [keys.cleanupLease], [holder]);
  }
}

/** Ages of the last sweep and of the current one, shared by all nodes. */
export interface SweepAges {
  /** Time since a sweep last completed; undefined if none has completed for a long time. */
  readonly secondsSinceCleanup: number | undefined;
  /** Time since the running sweep acquired its lease; undefined if none runs. */
  readonly leaseAgeSeconds: number | undefined;
}

export async function sweepAges({ client, keys, nowMs }: SweepContext): Promise<SweepAges> {
  const values = [client.get(keys.cleanupDone), client.get(keys.cleanupLease)];
  const [secondsSinceCleanup, leaseAgeSeconds] = (
    await withTimeout(STORE_CALL_MS, Promise.all(values))
  ).map((value) => secondsSince(value, nowMs()));
  return { secondsSinceCleanup, leaseAgeSeconds };
}

/** @param value a string that starts with epoch ms */
function secondsSince(value: string | null, nowMs: number): number | undefined {
  const atMs = Number.parseInt(value ?? '', 10);
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.round((nowMs - atMs) / 1000));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
