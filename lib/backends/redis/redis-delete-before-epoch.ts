import { tagOf } from '../../rules/handle.js';
import { encodeEpoch } from './codec/record-codec.js';
import { scanKeys } from './commands/scan-keys.js';
import { connectedMasters, type RedisContext } from './redis-context.js';
import { DELETE_USER_BEFORE_EPOCH } from './scripts/delete-user-before-epoch.js';
import { DELETE_RECORD_BEFORE_EPOCH } from './scripts/delete-record-before-epoch.js';

/**
 * Ends every session that was opened before an epoch, in batches that yield the number of sessions ended. SCAN returns
 * every key that exists from its start to its end. It can miss the record of a session that moves, but not the index,
 * which contains both handles; records are visited for sessions that are missing in their index.
 *
 * Sessions that ended before a failure are yielded before the failure is thrown.
 */
export async function* redisDeleteBeforeEpoch(
  context: RedisContext,
  beforeEpoch: number,
): AsyncIterable<number> {
  const { keys } = context;
  const epoch = encodeEpoch(beforeEpoch);
  for (const master of await connectedMasters(context)) {
    for await (const found of scanKeys(master, keys.everyRecordAndIndex)) {
      const answers = await Promise.allSettled(
        found.map((key) => deleteBefore(context, epoch, key)),
      );
      const done = answers.filter((answer) => answer.status === 'fulfilled');
      yield done.reduce((total, { value }) => total + value, 0);
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (failed) throw failed.reason;
    }
  }
}

/** @param key key of a record or an index. @returns the number of sessions ended */
function deleteBefore(
  { scripts, keys, clock }: RedisContext,
  epoch: string,
  key: string,
): Promise<number> {
  if (keys.isRecord(key)) {
    const handle = keys.handleIn(key);
    const indexPrefix = keys.indexPrefix(tagOf(handle));
    return scripts.run(
      DELETE_RECORD_BEFORE_EPOCH,
      [key],
      [handle, clock.nowMs(), indexPrefix, epoch],
    );
  }
  const recordPrefix = keys.recordPrefix(tagOf(keys.digestIn(key)));
  return scripts.run(DELETE_USER_BEFORE_EPOCH, [key], [recordPrefix, clock.nowMs(), epoch]);
}
