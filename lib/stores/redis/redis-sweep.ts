import { randomId } from '../../core/random.js';
import { tagOf } from '../../sessions/handle.js';
import type { SweepOptions, SweepStep } from '../../sessions/session-store.js';
import { mastersOf, type RedisClient, type RedisClusterClient } from './redis-client.js';
import type { RedisKeys } from './redis-keys.js';
import type { ScriptRunner } from './script-runner.js';
import { GIVE_LEASE, TAKE_LEASE } from './scripts/lease.js';
import { SWEEP_INDEX } from './scripts/sweep-index.js';

/** Longer than a step may take, and short enough that a node that died does not keep the others waiting. */
const LEASE_MS = 15_000;

export interface SweepParts {
  readonly client: RedisClient | RedisClusterClient;
  readonly scripts: ScriptRunner;
  readonly keys: RedisKeys;
  readonly nowMs: () => number;
  /** What comes first: a sweep ends sessions by the time, so the time has to be right. */
  readonly prepare: () => Promise<void>;
}

/**
 * Walks all indexes under a lease that is renewed with every step, on each master of a Cluster. Records expire by
 * themselves; what stays behind are their entries in the indexes.
 */
export async function* redisSweep(
  { client, scripts, keys, nowMs, prepare }: SweepParts,
  { batchSize, signal }: SweepOptions,
): AsyncIterable<SweepStep> {
  const holder = randomId();
  const leased = async (): Promise<boolean> =>
    (await scripts.run<0 | 1>(TAKE_LEASE, [keys.cleanupLease], [holder, LEASE_MS])) === 1;
  if (!(await leased())) {
    yield { skipped: 'leased-elsewhere' };
    return;
  }
  try {
    await prepare();
    for (const master of mastersOf(client)) {
      let cursor = '0';
      do {
        const [next, indexes] = await master.scan(
          cursor,
          'MATCH',
          keys.everyIndex,
          'COUNT',
          batchSize,
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
        // With the lease another node sweeps on, every master.
        if (signal.aborted || !(await leased())) return;
      } while (cursor !== '0');
    }
  } finally {
    await scripts.run(GIVE_LEASE, [keys.cleanupLease], [holder]);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
