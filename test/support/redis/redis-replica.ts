import type { Redis } from 'ioredis';
import { eventually } from '../eventually.js';
import { type OwnRedis, startOwnRedis } from './redis-server.js';
import { startTcpProxy } from '../tcp-proxy.js';

/**
 * A master and a replica with the same data, without Sentinel: the test decides when the replica is
 * promoted.
 */
export interface ReplicatedRedis {
  readonly master: OwnRedis;
  readonly replica: OwnRedis;
  /** Stops replication: later writes to the master never reach the replica. */
  detach(): Promise<void>;
  promote(): Promise<void>;
  stop(): Promise<void>;
}

export async function startReplicated(): Promise<ReplicatedRedis> {
  const master = await startOwnRedis('--repl-diskless-sync-delay', '0');
  const link = await startTcpProxy({ host: '127.0.0.1', port: master.port });
  const replica = await startOwnRedis('--replicaof', `127.0.0.1 ${link.port}`);
  await eventually(
    () => master.client().info('replication'),
    (info) => info.includes('state=online'),
  );
  const [asked, look] = [master.client(), replica.client()];
  return {
    master,
    replica,
    detach: async () => {
      const written = await offsetOf(asked, 'master_repl_offset');
      await eventually(
        () => offsetOf(look, 'slave_repl_offset'),
        (offset) => offset >= written,
      );
      await link.refuse();
    },
    promote: async () => void (await look.replicaof('NO', 'ONE')),
    stop: async () => {
      await Promise.all([master.stop(), replica.stop()]);
      await link.close();
    },
  };
}

/** The replication offset of a server, under its name in INFO. */
async function offsetOf(client: Redis, name: string): Promise<number> {
  const info = await client.info('replication');
  return Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
}
