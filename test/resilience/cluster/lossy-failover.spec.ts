import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fresh, refusal, windowOf } from '../../support/feed-nodes.js';
import { eventually } from '../../support/eventually.js';
import type { LoggedIn } from '../../support/apps/api-app.controller.js';
import { type Answer, send } from '../../support/http-client.js';
import { claimsOf, codeOf, type Node, type Nodes, open } from '../../support/nodes.js';
import type { ReplicatedRedis } from '../../support/redis/redis-replica.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';
import { startReplicatedNodes } from './replicated-nodes.js';

/** When the replica becomes the master: before or after the applications connect to it. */
const ORDERS: readonly [
  order: string,
  failOver: (redis: ReplicatedRedis, proxy: TcpProxy, nodes: Nodes) => Promise<void>,
][] = [
  [
    'is promoted and then found by the applications',
    async (redis, proxy) => {
      await redis.promote();
      proxy.pointTo(redis.replica.port);
    },
  ],
  [
    'is found by the applications and then promoted',
    async (redis, proxy, { all }) => {
      proxy.pointTo(redis.replica.port);
      // The data of a replica may be old forever, so its answers are not trusted.
      for (const node of all) await stale(node);
      await redis.promote();
    },
  ],
];

describe.each(ORDERS)('a failover to a replica that lagged and %s', (_order, failOver) => {
  let redis: ReplicatedRedis;
  let proxy: TcpProxy;
  let nodes: Nodes;
  let here: Node;
  let there: Node;
  let stop: (() => Promise<void>) | undefined;

  beforeEach(async () => {
    ({ redis, proxy, nodes, stop } = await startReplicatedNodes());
    [here, there] = nodes.all as [Node, Node];
  });

  afterEach(async () => {
    await stop?.();
  });

  /**
   * Runs a change on the old master that the new one never receives, and switches to the new one.
   */
  async function losing(work: () => Promise<unknown>): Promise<void> {
    await redis.detach();
    await work();
    await failOver(redis, proxy, nodes);
    for (const node of nodes.all) await works(node);
  }

  it('logs out no user whose refresh was lost: the newer token and its session stay valid', async () => {
    const opened = await open(here);
    let { refreshToken } = opened;
    await losing(async () => {
      for (let i = 0; i < 3; i++) {
        ({ refreshToken } = await refresh(here, refreshToken));
      }
    });
    const [key] = await redis.replica.client().keys(`*:s:${opened.handle}`);
    expect(await redis.replica.client().get(key!)).toContain(claimsOf(opened.refreshToken).jti);
    for (const node of [there, here]) {
      const newer = await refresh(node, refreshToken);
      ({ refreshToken } = newer);
      for (const one of nodes.all) {
        for (const route of ['plain', 'session', 'verified']) {
          expect((await get(one, route, newer.accessToken)).status).toBe(200);
        }
      }
    }
    expect(claimsOf(refreshToken).gen).toBe(claimsOf(opened.refreshToken).gen + 5);
  });

  it('8.3.2 refuses tokens with lost claims after the next change of the claims', async () => {
    const { session, refreshToken } = await open(here);
    const userId = session.user.id;
    let lost = '';
    await losing(async () => {
      nodes.clock.advance(1);
      expect(await here.sessions.updateClaims(userId, { role: 'lost' })).toBe(1);
      lost = (await refresh(here, refreshToken)).accessToken;
    });
    expect(claimsOf(lost).role).toBe('lost');
    // A failover takes time.
    nodes.clock.advance(1);
    expect(await there.sessions.updateClaims(userId, { role: 'guest' })).toBe(1);
    for (const node of nodes.all) {
      expect(await refusal(node, lost)).toBe('TOKEN_EXPIRED');
      for (const route of ['plain', 'session', 'verified']) {
        expect((await get(node, route, lost)).body['code']).toBe('TOKEN_EXPIRED');
      }
    }
  });

  it('revives no session whose end was lost: nodes that received it refuse the session, and end it again', async () => {
    const ended = await open(here);
    const alone = await open(here);
    await losing(async () => {
      await here.sessions.revoke(ended.handle);
      await here.tokens.revoke(alone.accessToken);
      await refusal(there, ended.accessToken);
      await refusal(there, alone.accessToken);
    });
    const look = redis.replica.client();
    expect(await look.keys(`*:s:${ended.handle}`)).toHaveLength(1);
    for (const node of nodes.all) {
      for (const route of ['plain', 'session', 'verified']) {
        const { status, body } = await get(node, route, ended.accessToken);
        expect([status, body['code']]).toEqual([401, 'SESSION_ENDED']);
      }
      expect((await get(node, 'plain', alone.accessToken)).status).toBe(401);
      expect(await codeOf(node.tokens.refresh(ended.refreshToken))).toBe('SESSION_ENDED');
    }
    await eventually(
      () => look.keys(`*:s:${ended.handle}`),
      (keys) => keys.length === 0,
    );
  });

  it('loses no revocation of all sessions: nodes that remember the epoch restore it', async () => {
    const old = await open(here);
    await losing(async () => {
      await here.sessions.revokeEveryone();
      await refusal(there, old.accessToken);
    });
    const [epochKey] = await redis.replica.client().keys('*:epoch');
    expect(await redis.replica.client().get(epochKey!)).toBe(`${windowOf(there).epoch}`);
    for (const node of nodes.all) {
      expect(await codeOf(node.tokens.verifyAccess(old.accessToken))).toBe('SESSION_ENDED');
      expect(await codeOf(node.tokens.refresh(old.refreshToken))).toBe('SESSION_ENDED');
    }
    await expectLoginsCount();
  });

  it('keeps the feed complete: later revocations are received, and new logins are valid, on both nodes', async () => {
    const lostEnd = await open(here);
    await losing(() => here.sessions.revoke(lostEnd.handle));
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      const { handle, accessToken } = await open(one);
      await other.tokens.verifyAccess(accessToken);
      await one.sessions.revoke(handle);
      expect(await refusal(other, accessToken)).toBe('SESSION_ENDED');
    }
    await expectLoginsCount();
  });

  async function expectLoginsCount(): Promise<void> {
    for (const node of nodes.all) {
      const json = { userId: randomUUID(), transport: 'bearer' };
      const login = await send<LoggedIn>(`${node.app.url}/api/login`, {
        method: 'POST',
        json,
        headers: { 'sec-fetch-site': 'same-origin' },
      });
      expect(login.status).toBe(200);
      const pairs = [login.body, await refresh(node, login.body.refreshToken)];
      for (const one of nodes.all) {
        for (const { accessToken } of pairs) {
          expect((await get(one, 'plain', accessToken)).status).toBe(200);
          expect((await get(one, 'verified', accessToken)).status).toBe(200);
        }
      }
    }
  }
});

const get = ({ app }: Node, route: string, token: string): Promise<Answer> =>
  send(`${app.url}/api/${route}`, { token });

/** Over HTTP, like a client. */
async function refresh(node: Node, refreshToken: string) {
  const sent = { method: 'POST', json: { refreshToken } };
  const { status, body } = await send<{ accessToken: string; refreshToken: string }>(
    `${node.app.url}/auth/refresh`,
    sent,
  );
  expect([status, Object.keys(body)]).toEqual([200, expect.arrayContaining(['refreshToken'])]);
  return body;
}

async function stale(node: Node): Promise<void> {
  await eventually(
    () => windowOf(node).state().fresh,
    (isFresh) => !isFresh,
  );
}

/** Waits until a node writes to the new master and has received all revocations published there. */
async function works(node: Node): Promise<void> {
  await eventually(
    () => codeOf(open(node)),
    (code) => code === 'done',
  );
  await fresh(node);
}
