import { Redis } from 'ioredis';
import type { RedisConnection } from 'nestjs-session-kit';
import { startCluster } from '../../support/redis/redis-cluster.js';
import { startOwnRedis } from '../../support/redis/redis-server.js';
import { type Loss, startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';

/** Two connections to one Redis, of which one loses answers. */
export interface LossyLine {
  readonly afar: RedisConnection;
  readonly near: RedisConnection;
  /** Loses the answer to the next request that matches, on any server. */
  loseAnswerTo(request: RegExp, loss: Loss): Promise<void>;
  close(): Promise<void>;
}

/**
 * `kit`: a client made by the package. `app`: one of the application, with the defaults of ioredis.
 * `cluster`: one of a Cluster.
 */
export type Client = 'kit' | 'app' | 'cluster';

/**
 * Starts a Redis for the tests of a file, and returns the function that opens connections to it.
 */
export async function startRedisAfar(
  client: Client,
): Promise<{ openLine(): Promise<LossyLine>; stop(): Promise<void> }> {
  if (client === 'cluster') {
    const { connection, stop } = await startCluster();
    return { openLine: () => lineToCluster(connection), stop };
  }
  const { port, connection, stop } = await startOwnRedis();
  const openLine = async (): Promise<LossyLine> => {
    const proxy = await startTcpProxy({ host: '127.0.0.1', port });
    const url = `redis://127.0.0.1:${proxy.port}`;
    const own = client === 'app' ? new Redis(url).on('error', () => undefined) : undefined;
    return {
      afar: own ? { client: own } : { url },
      near: connection,
      loseAnswerTo: proxy.loseAnswerTo,
      close: async () => {
        own?.disconnect();
        await proxy.close();
      },
    };
  };
  return { openLine, stop };
}

type ToCluster = { options: { nodes: { host: string; port: number }[] } };

async function lineToCluster(near: ToCluster): Promise<LossyLine> {
  const { nodes } = near.options;
  const proxies = await Promise.all(nodes.map(startTcpProxy));
  const ways = nodes.map(({ host, port }, i): [string, { host: string; port: number }] => [
    `${host}:${port}`,
    { host, port: proxies[i]!.port },
  ]);
  return {
    afar: { options: { nodes, natMap: Object.fromEntries(ways) } },
    near,
    loseAnswerTo: (request, loss) => loseOnce(proxies, request, loss),
    close: async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))),
  };
}

async function loseOnce(proxies: readonly TcpProxy[], request: RegExp, loss: Loss): Promise<void> {
  await Promise.race(proxies.map((proxy) => proxy.loseAnswerTo(request, loss)));
  for (const proxy of proxies) proxy.loseNone();
}
