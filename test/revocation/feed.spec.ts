import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RevocationFollower, SessionService, TokenService } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { RevocationWindow } from '../../lib/sessions/revocation-window.js';
import { eventually } from '../support/eventually.js';
import { claimsOf, codeOf, type Node, type Nodes, open, startNodes } from '../support/nodes.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let redis: TestRedis;
let nodes: Nodes;
let here: Node;
let there: Node;
let look: Redis;

beforeAll(async () => {
  redis = await startRedis();
  look = redis.client();
  const stores = [redis.connection, redis.connection];
  nodes = await startNodes({ stores });
  [here, there] = nodes.all as [Node, Node];
  for (const node of nodes.all) {
    await eventually(
      () => windowOf(node).state(),
      ({ fresh }) => fresh,
    );
  }
  // Tokens of the first minute after the start of a stream are a matter for the store.
  nodes.clock.advance(120_000);
});

afterAll(async () => {
  await nodes.close();
  await redis.stop();
});

const windowOf = ({ app }: Node): RevocationWindow => app.get(RevocationWindow);

const seenThere = (accessToken: string): Promise<string> =>
  eventually(
    () => codeOf(there.tokens.verifyAccess(accessToken)),
    (code) => code !== 'done',
  );

/** How often Redis was asked for a record. */
async function reads(): Promise<number> {
  const stats = await look.info('commandstats');
  return Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

describe('with the feed', () => {
  it('a token that counts is checked without a command to Redis, on every node', async () => {
    const { accessToken } = await open(here);
    const before = await reads();
    for (const { tokens } of nodes.all) {
      for (let i = 0; i < 50; i++) await tokens.verifyAccess(accessToken);
    }
    expect(await reads()).toBe(before);
  });

  it.each([
    ['revoke', async ({ sessions }: Node, handle: string) => void (await sessions.revoke(handle))],
  ])('%s is refused on the other node without a look into the store', async (_name, end) => {
    const { accessToken, handle } = await open(here);
    await end(here, handle);
    expect(await seenThere(accessToken)).toBe('SESSION_ENDED');
    const before = await reads();
    expect(await codeOf(there.tokens.verifyAccess(accessToken))).toBe('SESSION_ENDED');
    expect(await reads()).toBe(before);
  });
});
