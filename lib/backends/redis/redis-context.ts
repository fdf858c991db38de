import type { Clock } from '../../core/clock.js';
import type { RevocationSettings } from '../../store/store-backend.js';
import type { RedisKeys } from './codec/redis-keys.js';
import type { ScriptRunner } from './commands/script-runner.js';
import { mastersOf, type RedisClient, type RedisClusterClient } from './connection/redis-client.js';
import { LIST } from './scripts/list.js';

/** What the parts of the Redis backend share. */
export interface RedisContext {
  readonly client: RedisClient | RedisClusterClient;
  readonly scripts: ScriptRunner;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  readonly revocation: RevocationSettings;
}

/** Returns the serialised records of a user. */
export function listRecords({ scripts, keys }: RedisContext, userId: string): Promise<string[]> {
  return scripts.run<string[]>(LIST, [keys.index(userId)], [keys.recordPrefixOf(userId)]);
}

/** Runs a script that finds nothing. Unlike PING, it proves that scripts are supported and allowed. */
export async function pingScripts(context: RedisContext): Promise<void> {
  await listRecords(context, '');
}

/** A Cluster client knows its nodes only when connected, which its first command ensures. */
export async function connectedMasters(context: RedisContext): Promise<readonly RedisClient[]> {
  await pingScripts(context);
  return mastersOf(context.client);
}
