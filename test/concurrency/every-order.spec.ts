import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemorySessionStore, type SessionData, type TokenPair } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { everyOrder, interleave } from '../support/every-order.js';
import { Gate, gatedStore } from '../support/gated-store.js';
import { send } from '../support/http-client.js';
import {
  claimsOf,
  codeOf,
  type Node,
  type Nodes,
  open,
  type Opened,
  startNodes,
} from '../support/nodes.js';

/** What a caller does on its own node. */
type Act = (node: Node, opened: Opened) => Promise<unknown>;

const refresh: Act = ({ tokens }, { refreshToken }) => tokens.refresh(refreshToken);
const update: Act = ({ sessions }, { handle }) =>
  sessions.update(handle, (data: SessionData & { count?: number }) => ({
    count: (data.count ?? 0) + 1,
  }));
const revoke: Act = ({ sessions }, { handle }) => sessions.revoke(handle);
const revokeUser: Act = ({ sessions }, { session }) => sessions.revokeUser(session.user.id);
const regenerate: Act = ({ sessions }, { handle }) => sessions.regenerate(handle);
const logout: Act = async ({ app }, { refreshToken }) => {
  const answer = await send(`${app.url}/auth/logout`, { method: 'POST', json: { refreshToken } });
  expect(answer.status).toBe(200);
};

/** How one order ended, with what the tests ask about. */
interface Ending {
  readonly opened: Opened;
  /** 'done' or the code of the error, for each caller. */
  readonly codes: readonly string[];
  readonly values: readonly unknown[];
  /** Handles of the user's sessions that live. */
  readonly live: readonly string[];
}

describe('every order of the steps of two callers on two instances', () => {
  const clock = new FakeClock();
  const shared = new MemorySessionStore(clock, 100_000);
  const gates = [new Gate(), new Gate(), new Gate()];
  let nodes: Nodes;

  beforeAll(async () => {
    nodes = await startNodes({ clock, stores: gates.map((gate) => gatedStore(shared, gate)) });
  });

  afterAll(() => nodes.close());

  /** Plays the acts in every order on a fresh session each, and checks what holds after any order of anything. */
  async function play(
    acts: readonly Act[],
    check: (ending: Ending) => Promise<void> | void,
    prepare: (opened: Opened) => Promise<Opened> = async (opened) => opened,
  ): Promise<string[]> {
    return everyOrder(async (choose) => {
      const opened = await prepare(await open(nodes.all[0]!));
      const { handle } = opened;
      const lived: boolean[] = [];
      const results = await interleave(
        acts.map((act, i) => ({ gate: gates[i]!, run: () => act(nodes.all[i]!, opened) })),
        choose,
        async () => void lived.push((await shared.read(handle)) !== null),
      );
      // Once it is gone it stays gone: what follows the first false is false.
      expect(lived.map((_, i) => lived.slice(0, i + 1).every(Boolean))).toEqual(lived);
      const codes = await Promise.all(
        results.map((result) =>
          codeOf(result.status === 'fulfilled' ? Promise.resolve() : Promise.reject(result.reason)),
        ),
      );
      const values = results.map((result) =>
        result.status === 'fulfilled' ? result.value : undefined,
      );
      const live = (await shared.list(opened.session.user.id)).map((record) => record.handle);
      await check({ opened, codes, values, live });
    });
  }

  const anyNode = (): Node => nodes.all[1]!;

  /** Every refresh token that was given out is dead. */
  async function expectEnded({ opened, values, live }: Ending): Promise<void> {
    expect(live).toEqual([]);
    const given = values.filter((value) => (value as Partial<TokenPair>)?.refreshToken);
    for (const { refreshToken } of [opened, ...(given as TokenPair[])]) {
      expect(await codeOf(anyNode().tokens.refresh(refreshToken))).toBe('SESSION_ENDED');
    }
  }

  it('refresh against refresh: one successor for both, it works, and nobody is logged out', async () => {
    const orders = await play([refresh, refresh], async ({ opened, codes, values, live }) => {
      expect(codes).toEqual(['done', 'done']);
      expect(live).toEqual([opened.handle]);
      const pairs = values as TokenPair[];
      const jtis = pairs.map(({ refreshToken }) => claimsOf(refreshToken).jti);
      expect(new Set(jtis).size).toBe(1);
      for (const { accessToken } of pairs) await anyNode().tokens.verifyAccess(accessToken);
      expect(await codeOf(anyNode().tokens.refresh(pairs[0]!.refreshToken))).toBe('done');
    });
    // Read and replace of both; who loses the replace reads once more and finds the successor.
    expect(orders).toEqual(['001', '01011', '01100', '10011', '10100', '110']);
  });

  it('refresh against refresh against refresh: one successor for all three', async () => {
    const orders = await play([refresh, refresh, refresh], ({ codes, values }) => {
      expect(codes).toEqual(['done', 'done', 'done']);
      const pairs = values as TokenPair[];
      expect(new Set(pairs.map(({ refreshToken }) => claimsOf(refreshToken).jti)).size).toBe(1);
    });
    expect(orders.length).toBeGreaterThan(90);
  });

  const IN_ONE_STEP = ['001', '0100', '10'];

  it.each<[string, Act, string[]]>([
    ['a logout', logout, IN_ONE_STEP],
    // It reads first, to tell whose session it was.
    ['the end of the session', revoke, ['0011', '0101', '01100', '1001', '10100', '110']],
    ['the end of all sessions of the user', revokeUser, IN_ONE_STEP],
  ])('refresh against %s: the session is ended and stays so', async (_what, end, expected) => {
    const orders = await play([refresh, end], async (ending) => {
      expect(ending.codes[1]).toBe('done');
      expect(['done', 'SESSION_ENDED']).toContain(ending.codes[0]);
      await expectEnded(ending);
    });
    expect(orders).toEqual(expected);
  });

  it('update against update: both are applied', async () => {
    const orders = await play([update, update], async ({ opened, codes }) => {
      expect(codes).toEqual(['done', 'done']);
      expect((await shared.read(opened.handle))?.data).toEqual({ count: 2 });
    });
    expect(orders).toHaveLength(6);
  });

  it('update against refresh: both are applied', async () => {
    await play([update, refresh], async ({ opened, codes, values }) => {
      expect(codes).toEqual(['done', 'done']);
      const record = await shared.read(opened.handle);
      expect(record?.data).toEqual({ count: 1 });
      const { refreshToken } = values[1] as TokenPair;
      expect(record?.refresh?.current.jti).toBe(claimsOf(refreshToken).jti);
    });
  });

  it.each<[string, Act]>([
    ['a logout', logout],
    ['the end of the session', revoke],
  ])('update against %s: the session is ended and stays so', async (_what, end) => {
    await play([update, end], async (ending) => {
      expect(ending.codes[1]).toBe('done');
      expect(['done', 'SESSION_ENDED']).toContain(ending.codes[0]);
      await expectEnded(ending);
    });
  });

  it('reuse of an old token against refresh: the session is ended, and the refresh revives nothing', async () => {
    const stale: Opened[] = [];
    const reuse: Act = ({ tokens }) => tokens.refresh(stale.at(-1)!.refreshToken);
    const orders = await play(
      [reuse, refresh],
      async (ending) => {
        expect(ending.codes[0]).toBe('REFRESH_REUSED');
        expect(['done', 'SESSION_ENDED']).toContain(ending.codes[1]);
        await expectEnded(ending);
      },
      async (opened) => {
        stale.push(opened);
        const { tokens } = nodes.all[0]!;
        const second = await tokens.refresh(opened.refreshToken);
        return { ...opened, ...(await tokens.refresh(second.refreshToken)) };
      },
    );
    expect(orders).toHaveLength(6);
  });

  it('update against regenerate: an update that is reported is in the session under its new id', async () => {
    await play([update, regenerate], async ({ opened, codes, live }) => {
      expect(codes[1]).toBe('done');
      expect(live).toHaveLength(1);
      expect(live).not.toContain(opened.handle);
      const data = codes[0] === 'done' ? { count: 1 } : {};
      expect((await shared.read(live[0]!))?.data).toEqual(data);
    });
  });

  it('regenerate against regenerate: one new id, whose secret works', async () => {
    await play([regenerate, regenerate], async ({ codes, values, live }) => {
      expect([...codes].toSorted()).toEqual(['SESSION_ENDED', 'done']);
      const { secret } = values[codes.indexOf('done')] as { secret: string };
      expect((await anyNode().sessions.resolve(secret))?.handle).toBe(live[0]);
      expect(live).toHaveLength(1);
    });
  });
});
