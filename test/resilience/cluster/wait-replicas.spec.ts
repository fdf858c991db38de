import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEADLINE_MS } from '../../support/traffic.js';
import { refusal } from '../../support/feed-nodes.js';
import { eventually } from '../../support/eventually.js';
import { type Answer, send } from '../../support/http-client.js';
import { codeOf, type Node, type Nodes, open } from '../../support/nodes.js';
import type { ReplicatedRedis } from '../../support/redis/redis-replica.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';
import { startReplicatedNodes } from './replicated-nodes.js';

const READERS = 10;

describe('revocation.waitReplicas: 1', () => {
  let redis: ReplicatedRedis;
  let proxy: TcpProxy;
  let nodes: Nodes;
  let here: Node;
  let there: Node;
  let stop: (() => Promise<void>) | undefined;

  beforeEach(async () => {
    ({ redis, proxy, nodes, stop } = await startReplicatedNodes({
      revocation: { waitReplicas: 1 },
    }));
    [here, there] = nodes.all as [Node, Node];
  });

  afterEach(async () => {
    redis?.replica.signal('SIGCONT');
    await stop?.();
  });

  const logout = (token: string): Promise<Answer> =>
    send(`${here.app.url}/auth/logout`, { method: 'POST', token });

  it('an acknowledged revocation survives the master: the new one admits no ended session', async () => {
    const ended = await open(here);
    const everyone = await open(there);
    const look = redis.replica.client();
    expect(await look.keys(`*:s:${ended.handle}`)).toHaveLength(1);
    expect((await logout(ended.accessToken)).status).toBe(200);
    await here.sessions.revokeEveryone();
    await redis.master.kill();
    await redis.promote();
    expect(await look.keys(`*:s:${ended.handle}`)).toEqual([]);
    const [stream] = await look.keys('*revocations');
    expect(JSON.stringify(await look.xrange(stream!, '-', '+'))).toContain(ended.handle);
    proxy.pointTo(redis.replica.port);
    for (const node of nodes.all) {
      for (const { accessToken } of [ended, everyone]) {
        expect(await refusal(node, accessToken)).toBe('SESSION_ENDED');
      }
    }
  });

  it('is 503 in time without an answer of the replica; reads on the connection continue, and it works later', async () => {
    const ended = await open(here);
    const living = await open(here);
    redis.replica.signal('SIGSTOP');
    const reading = new AbortController();
    const statuses: number[] = [];
    const readers = Array.from({ length: READERS }, async () => {
      while (!reading.signal.aborted) {
        const url = `${here.app.url}/api/verified`;
        statuses.push((await send(url, { token: living.accessToken })).status);
      }
    });
    const startedAt = performance.now();
    const { status, body, headers } = await logout(ended.accessToken);
    const tookMs = performance.now() - startedAt;
    reading.abort();
    await Promise.all(readers);
    expect([status, body['code']]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect([headers.get('retry-after'), headers.getSetCookie()]).toEqual(['1', []]);
    expect(tookMs).toBeLessThan(DEADLINE_MS);
    expect(statuses.length).toBeGreaterThan(READERS);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await codeOf(here.sessions.revokeEveryone())).toBe('STORE_UNAVAILABLE');

    redis.replica.signal('SIGCONT');
    await eventually(
      () => codeOf(here.sessions.revokeEveryone()),
      (code) => code === 'done',
    );
    const { handle, accessToken } = await open(there);
    await here.sessions.revoke(handle);
    expect(await refusal(there, accessToken)).toBe('SESSION_ENDED');
    expect(await refusal(there, ended.accessToken)).toBe('SESSION_ENDED');
  });
});
