import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { type OwnRedis, startOwnRedis, startServer } from './redis-server.js';

const SENTINELS = 3;
const QUORUM = 2;
const NAME = 'sessions';

/** A master with replicas, and the Sentinels that replace it, for one test file. */
export interface TestSentinel {
  /** The options for a client of Sentinel. */
  readonly options: { name: string; sentinels: { host: string; port: number }[] };
  readonly sentinels: readonly OwnRedis[];
  /** The current master according to the last Sentinel. */
  master(): Promise<OwnRedis>;
  stop(): Promise<void>;
}

export interface SentinelSetup {
  readonly replicas?: number;
  /** The time after which a silent master counts as failed. */
  readonly downAfterMs?: number;
}

export async function startSentinel({
  replicas = 2,
  downAfterMs = 1000,
}: SentinelSetup = {}): Promise<TestSentinel> {
  const master = await startOwnRedis('--repl-diskless-sync-delay', '0');
  const followers = await Promise.all(
    Array.from({ length: replicas }, () =>
      startOwnRedis('--replicaof', `127.0.0.1 ${master.port}`, '--repl-diskless-sync-delay', '0'),
    ),
  );
  const servers = [master, ...followers];
  await eventually(
    () => master.client().info('replication'),
    (info) => info.split('state=online').length === replicas + 1,
  );
  const sentinels = await Promise.all(
    Array.from({ length: SENTINELS }, () =>
      startServer(async ({ port, directory }) => {
        const config = join(directory, 'sentinel.conf');
        await writeFile(
          config,
          `port ${port}
          bind 127.0.0.1
          dir ${directory}
          sentinel monitor ${NAME} 127.0.0.1 ${master.port} ${QUORUM}
          sentinel down-after-milliseconds ${NAME} ${downAfterMs}
          sentinel failover-timeout ${NAME} 5000`,
        );
        return [config, '--sentinel'];
      }),
    ),
  );
  const addresses = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
  const views = sentinels.map((sentinel) => sentinel.client());
  const stop = async (): Promise<void> =>
    void (await Promise.all([...sentinels, ...servers].map((server) => server.stop())));
  try {
    await eventually(
      () =>
        Promise.all(views.map(async (view) => mapOf(await view.call('SENTINEL', 'MASTER', NAME)))),
      (seen) =>
        seen.every(
          (one) =>
            one.get('num-other-sentinels') === `${SENTINELS - 1}` &&
            one.get('num-slaves') === `${replicas}`,
        ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    options: { name: NAME, sentinels: addresses },
    sentinels,
    master: async () => {
      const [, port] = (await views.at(-1)!.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)) as [
        string,
        string,
      ];
      return servers.find((server) => server.port === Number(port))!;
    },
    stop,
  };
}

/** Sentinel answers with names and values in turn. */
function mapOf(answer: unknown): Map<string, string> {
  const flat = answer as string[];
  return new Map(flat.flatMap((name, i) => (i % 2 ? [] : [[name, flat[i + 1]!] as const])));
}
