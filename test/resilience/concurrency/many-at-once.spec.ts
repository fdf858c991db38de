import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RedisBackend, type SessionData } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { Gate, gatedStore } from '../../support/gated-store.js';
import {
  claimsOf,
  codeOf,
  type Node,
  type Nodes,
  open,
  startNodes,
  useTwoNodes,
} from '../../support/nodes.js';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { newRedis, randomKeyPrefix } from '../../support/redis/redis-store.js';
import { roundNumbers } from '../../support/rounds.js';
import { lengthenTimeouts } from '../../support/lengthen-timeouts.js';

lengthenTimeouts();

type Counter = SessionData & { count?: number };

const increment = (data: Counter): Counter => ({ ...data, count: (data.count ?? 0) + 1 });

describe.each(roundNumbers(100))(
  'concurrent operations on two instances with one Redis (%i)',
  () => {
    const nodes = useTwoNodes('Redis');
    const spread = <T>(count: number, act: (node: Node, i: number) => Promise<T>): Promise<T[]> =>
      Promise.all(Array.from({ length: count }, (_, i) => act(nodes.all[i % 2]!, i)));

    it('10.4.5 yield one successor for 100 refreshes of one token, and log out no user', async () => {
      const { refreshToken, handle } = await open(nodes.all[0]!);
      const pairs = await spread(100, ({ tokens }) => tokens.refresh(refreshToken));
      expect(new Set(pairs.map((pair) => claimsOf(pair.refreshToken).jti)).size).toBe(1);
      expect(claimsOf(pairs[0]!.refreshToken).gen).toBe(1);
      await spread(100, ({ tokens }, i) => tokens.verifyAccess(pairs[i]!.accessToken));
      const next = await nodes.all[1]!.tokens.refresh(pairs[99]!.refreshToken);
      expect(claimsOf(next.refreshToken).gen).toBe(2);
      expect(await nodes.all[0]!.sessions.find(handle)).not.toBeNull();
    });

    it('apply each of 100 updates of one session', async () => {
      const { handle } = await open(nodes.all[0]!);
      await spread(100, ({ sessions }) => sessions.update(handle, increment));
      const session = await nodes.all[0]!.sessions.find(handle);
      expect(session?.data).toEqual({ count: 100 });
    });

    it('keep the keys of all of 10 patches that set different ones', async () => {
      const { handle } = await open(nodes.all[0]!);
      await spread(10, ({ sessions }, i) => sessions.update(handle, { [`key${i}`]: i }));
      const session = await nodes.all[1]!.sessions.find(handle);
      expect(session?.data).toEqual(
        Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`key${i}`, i])),
      );
    });

    it('7.1.2 never leave more sessions than the limit after concurrent logins', async () => {
      const capped = await spread(120, ({ sessions }) =>
        sessions.create({ transport: 'cookie', userId: 'collector' }),
      );
      const live = await nodes.all[0]!.sessions.list('collector');
      expect(live).toHaveLength(100);
      const made = new Set(capped.map(({ session }) => session.handle));
      expect(live.every(({ handle }) => made.has(handle))).toBe(true);
    });
  },
);

describe('a logout during a write', () => {
  const gate = new Gate();
  const clock = new FakeClock();
  let redis: TestRedis;
  let nodes: Nodes;

  beforeAll(async () => {
    redis = await startRedis();
    const keyPrefix = randomKeyPrefix();
    const backend = (): RedisBackend => newRedis(redis.connection, keyPrefix, clock).backend;
    nodes = await startNodes({ clock, stores: [gatedStore(backend(), gate), backend()] });
  });

  afterAll(async () => {
    await nodes.close();
    await redis.stop();
  });

  it.each<[string, (node: Node, handle: string, refreshToken: string) => Promise<unknown>]>([
    ['an update', ({ sessions }, handle) => sessions.update(handle, increment)],
    ['a refresh', ({ tokens }, _handle, refreshToken) => tokens.refresh(refreshToken)],
    ['a new id', ({ sessions }, handle) => sessions.regenerate(handle)],
  ])('7.4.1 is not undone by %s', async (_what, write) => {
    const { handle, refreshToken, session } = await open(nodes.all[0]!);
    gate.close();
    const writing = codeOf(write(nodes.all[0]!, handle, refreshToken));
    await gate.arrival();
    gate.letThrough();
    await gate.arrival();
    expect(await nodes.all[1]!.sessions.revoke(handle)).toBe(true);
    gate.open();
    expect(await writing).toBe('SESSION_ENDED');
    expect(await nodes.all[1]!.sessions.list(session.user.id)).toEqual([]);
    expect(await nodes.all[1]!.sessions.find(handle)).toBeNull();
  });
});
