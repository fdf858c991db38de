import { ApiAppController } from '../../support/apps/api-app.controller.js';
import { fresh } from '../../support/feed-nodes.js';
import { type Nodes, type NodesSetup, startNodes } from '../../support/nodes.js';
import { type ReplicatedRedis, startReplicated } from '../../support/redis/redis-replica.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';

/**
 * Two nodes on a master with a replica, which they reach through a proxy. Both have received all
 * revocations.
 */
export interface ReplicatedNodes {
  readonly redis: ReplicatedRedis;
  readonly proxy: TcpProxy;
  readonly nodes: Nodes;
  stop(): Promise<void>;
}

export async function startReplicatedNodes(
  options: NonNullable<NodesSetup['options']> = {},
): Promise<ReplicatedNodes> {
  const redis = await startReplicated();
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: redis.master.port });
  const way = { url: `redis://127.0.0.1:${proxy.port}` };
  const nodes = await startNodes({
    stores: [way, way],
    controllers: [ApiAppController],
    options: { rateLimit: false, ...options },
  });
  for (const node of nodes.all) await fresh(node);
  // The store decides about tokens of the first minute after the start of a stream.
  nodes.clock.advance(120_000);
  return {
    redis,
    proxy,
    nodes,
    stop: async () => {
      await nodes.close();
      await proxy.close();
      await redis.stop();
    },
  };
}
