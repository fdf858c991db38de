import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiAppController } from '../../support/apps/api-app.controller.js';
import { fresh } from '../../support/feed-nodes.js';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { type Node, type Nodes, open, startNodes } from '../../support/nodes.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { type Loss, startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';

const MAX_STALENESS_MS = 1000;

/** The fault; Redis may have the revocation with only the answer lost. */
const LOSSES: readonly [what: string, lose: (proxy: TcpProxy) => unknown][] = [
  ['whose answer is lost with the connection', (proxy) => trap(proxy, 'reset')],
  ['whose answer is cut in the middle', (proxy) => trap(proxy, 'cut')],
  ['whose answer never comes', (proxy) => trap(proxy, 'hang')],
  ['that is swallowed', (proxy) => proxy.swallow()],
  ['that finds no connection', (proxy) => proxy.refuse()],
];

/** The script that appends to the stream; no read of the stream looks like it. */
const trap = (proxy: TcpProxy, loss: Loss): void =>
  void proxy.loseAnswerTo(/:revocations\r\n[^]*session\r\n/, loss);

const WAYS = ['logout', 'logout-all'] as const;

describe.each(WAYS)('the publication of a %s', (way) => {
  let redis: OwnRedis;
  let proxy: TcpProxy;
  let nodes: Nodes;
  let here: Node;
  let there: Node;

  beforeAll(async () => {
    redis = await startOwnRedis();
    proxy = await startTcpProxy({ host: '127.0.0.1', port: redis.port });
    nodes = await startNodes({
      stores: [{ url: `redis://127.0.0.1:${proxy.port}` }, redis.connection],
      controllers: [ApiAppController],
      options: { rateLimit: false },
    });
    [here, there] = nodes.all as [Node, Node];
    for (const node of nodes.all) await fresh(node);
    // The store decides about tokens of the first minute after the start of a stream.
    nodes.clock.advance(120_000);
  });

  beforeEach(async () => {
    for (const node of nodes.all) await fresh(node);
  });

  afterEach(async () => {
    proxy.loseNone();
    await proxy.heal();
  });

  afterAll(async () => {
    await nodes?.close();
    await proxy?.close();
    await redis?.stop();
  });

  it.each(LOSSES)(
    '%s is 503 until a repeated one takes effect on the other node too',
    async (_what, lose) => {
      const { accessToken: token } = await open(here);
      const { accessToken: living } = await open(here);
      const logout = (): Promise<number> =>
        send(`${here.app.url}/auth/${way}`, { method: 'POST', token }).then(({ status }) => status);
      const ask = (accessToken: string): Promise<number> =>
        send(`${there.app.url}/api/plain`, { token: accessToken }).then(({ status }) => status);
      expect(await ask(token)).toBe(200);

      await lose(proxy);
      expect(await logout()).toBe(503);
      await proxy.heal();
      // A node that knows of the end already refuses the logout, which is equally correct.
      const status = await eventually(logout, (answered) => answered !== 503);
      expect([200, 401]).toContain(status);

      await sleep(MAX_STALENESS_MS);
      await fresh(there);
      expect(await ask(token)).toBe(401);
      expect(await ask(living)).toBe(200);
    },
  );
});
