import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Redis } from 'ioredis';
import { eventually } from '../eventually.js';
import { REDIS_CLI } from './redis-programs.js';
import { freePort, type OwnRedis, startOwnRedis } from './redis-server.js';

const run = promisify(execFile);
const MASTERS = 3;
const SLOTS = 16_384;

/** One server of a Cluster. */
export interface ClusterMember {
  readonly server: OwnRedis;
  readonly id: string;
  readonly slots: number;
}

/** A Cluster of three masters, each with a replica, for one test file. */
export interface TestCluster {
  /** The addresses for an application. */
  readonly connection: { readonly options: { nodes: { host: string; port: number }[] } };
  /** The same as `host:port,host:port`. */
  readonly addresses: string;
  /** All six servers, masters and replicas. */
  readonly servers: readonly OwnRedis[];
  /** The servers that hold slots now. */
  masters(): Promise<ClusterMember[]>;
  /**
   * Waits until every running server sees every slot served, and `replicas` of them replicate their
   * master.
   */
  settled(replicas?: number): Promise<void>;
  /** Moves slots with their keys, as an operator does. */
  moveSlots(count: number, from: ClusterMember, to: ClusterMember): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The time after which a silent master counts as failed: long, so that a busy machine fails over
 * none.
 */
export const NODE_TIMEOUT_MS = 15_000;

interface Started {
  readonly server: OwnRedis;
  readonly busPort: number;
  /** Open as long as the Cluster. */
  readonly client: Redis;
}

export async function startCluster(): Promise<TestCluster> {
  const started = await Promise.all(Array.from({ length: 2 * MASTERS }, startMember));
  const servers = started.map(({ server }) => server);
  const stop = async (): Promise<void> =>
    void (await Promise.all(servers.map((server) => server.stop())));
  try {
    await join(started);
  } catch (error) {
    await stop();
    throw error;
  }
  const nodes = servers.map(({ port }) => ({ host: '127.0.0.1', port }));

  return {
    connection: { options: { nodes } },
    addresses: nodes.map(({ host, port }) => `${host}:${port}`).join(),
    servers,
    masters: () =>
      mastersAsSeenBy(started.find(({ server }) => server.isRunning())!.client, started),
    settled: (replicas = MASTERS) => settled(started, replicas),
    moveSlots: async (count, from, to) => {
      const address = `127.0.0.1:${from.server.port}`;
      const what = [
        '--cluster-from',
        from.id,
        '--cluster-to',
        to.id,
        '--cluster-slots',
        `${count}`,
      ];
      await run(REDIS_CLI, ['--cluster', 'reshard', address, ...what, '--cluster-yes']);
    },
    stop,
  };
}

async function startMember(): Promise<Started> {
  const busPort = await freePort();
  // A replica copies its master at once, not after five seconds, and stays with it.
  const options = `
    --cluster-enabled yes --cluster-port ${busPort} --cluster-node-timeout ${NODE_TIMEOUT_MS}
    --cluster-replica-validity-factor 0 --cluster-allow-replica-migration no
    --repl-diskless-sync-delay 0`;
  const server = await startOwnRedis(...options.trim().split(/\s+/));
  return { server, busPort, client: server.client() };
}

/**
 * Gives all slots to the first servers, connects all of them, and assigns a replica to each of the
 * first.
 */
async function join(started: readonly Started[]): Promise<void> {
  const masters = started.slice(0, MASTERS);
  const replicas = started.slice(MASTERS);
  const share = Math.ceil(SLOTS / MASTERS);
  await Promise.all(
    masters.map(async ({ client }, i) => {
      await client.cluster('SET-CONFIG-EPOCH', i + 1);
      const last = Math.min((i + 1) * share, SLOTS) - 1;
      await client.call('CLUSTER', 'ADDSLOTSRANGE', `${i * share}`, `${last}`);
    }),
  );
  for (const { client } of started) {
    for (const { server, busPort } of started) {
      await client.call('CLUSTER', 'MEET', '127.0.0.1', `${server.port}`, `${busPort}`);
    }
  }
  await Promise.all(
    replicas.map(async ({ client }, i) => {
      const masterId = await masters[i]!.client.cluster('MYID');
      await eventually(
        async () => String(await client.cluster('NODES')),
        (nodes) => nodes.includes(masterId),
      );
      await client.cluster('REPLICATE', masterId);
    }),
  );
  await settled(started, replicas.length);
}

async function settled(started: readonly Started[], replicas: number): Promise<void> {
  await eventually(
    async () => {
      const views = await Promise.all(
        started.filter(({ server }) => server.isRunning()).map((one) => viewOf(one, started)),
      );
      return {
        served: views.filter(({ ok }) => ok).length,
        running: views.length,
        following: views.filter(({ follows }) => follows).length,
      };
    },
    ({ served, running, following }) => served === running && following >= replicas,
    30_000,
  );
}

/** Whether this server sees all slots served and, if it is a replica, has caught up. */
async function viewOf(
  { client }: Started,
  started: readonly Started[],
): Promise<{ ok: boolean; follows: boolean }> {
  const [info, replication, masters] = await Promise.all([
    client.cluster('INFO'),
    client.info('replication'),
    mastersAsSeenBy(client, started),
  ]);
  const known = info.includes(`cluster_known_nodes:${2 * MASTERS}`);
  const served = masters.reduce((sum, { slots }) => sum + slots, 0);
  return {
    ok: known && info.includes('cluster_state:ok') && served === SLOTS,
    follows: replication.includes('master_link_status:up'),
  };
}

/** The running masters, with the slots that they hold. */
async function mastersAsSeenBy(
  client: Redis,
  started: readonly Started[],
): Promise<ClusterMember[]> {
  const nodes = String(await client.cluster('NODES'))
    .trim()
    .split('\n');
  return nodes.flatMap((line) => {
    const [id = '', address = '', flags = '', , , , , , ...ranges] = line.split(' ');
    const member = started.find(({ server }) => address.startsWith(`127.0.0.1:${server.port}@`));
    const slots = ranges.reduce((sum, range) => sum + sizeOf(range), 0);
    const serves = flags.includes('master') && slots > 0;
    return member?.server.isRunning() && serves ? [{ server: member.server, id, slots }] : [];
  });
}

/**
 * Counts the slots of `0-5461` or `7`. A slot being moved, as in `[93-<-...]`, is not counted: a
 * range contains it at its source.
 */
function sizeOf(range: string): number {
  if (range.startsWith('[')) return 0;
  const [first, last = first] = range.split('-').map(Number) as [number, number?];
  return last - first + 1;
}
