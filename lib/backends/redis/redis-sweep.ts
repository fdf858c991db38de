import { randomId } from '../../core/random.js';
import { tagOf } from '../../rules/handle.js';
import type { SweepOptions, SweepStep } from '../../store/session-store.js';
import { withCommandTimeout } from './commands/command-timeout.js';
import { mastersOf } from './connection/redis-client.js';
import type { RedisContext } from './redis-context.js';
import { RELEASE_LEASE, RECORD_COMPLETION, ACQUIRE_LEASE } from './scripts/lease.js';
import { SWEEP_INDEX } from './scripts/sweep-index.js';

/** Longer than the timeout of a batch, and short enough that a crashed node does not block the others for long. */
const LEASE_MS = 15_000;

/** Longer than any cleanup interval, so that the time of completion expires only if no node sweeps any more. */
const COMPLETION_TTL_MS = 90 * 24 * 3_600_000;

/**
 * Scans all indexes on each master of a Cluster, under a lease that is renewed with every batch. Redis expires records
 * by itself; only their index entries remain.
 * @param prepare called first, under the lease
 */
export async function* redisSweep(
  { client, scripts, keys, clock }: RedisContext,
  { batchSize, signal }: SweepOptions,
  prepare: () => Promise<void>,
): AsyncIterable<SweepStep> {
  const holder = `${clock.nowMs()} ${randomId()}`;
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
            return scripts.run<[number, number]>(
              SWEEP_INDEX,
              [index],
              [recordPrefix, clock.nowMs()],
            );
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
    await scripts.run(RECORD_COMPLETION, [keys.cleanupDone], [clock.nowMs(), COMPLETION_TTL_MS]);
  } finally {
    await scripts.run(RELEASE_LEASE, [keys.cleanupLease], [holder]);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
