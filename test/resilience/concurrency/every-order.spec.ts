import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  memoryBackend,
  type Session,
  type SessionClaims,
  type SessionData,
  type SessionWithCredential,
  type TokenPair,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { ApiAppController } from '../../support/apps/api-app.controller.js';
import { everyOrder, interleave } from '../../support/every-order.js';
import { Gate, gatedStore } from '../../support/gated-store.js';
import { send } from '../../support/http-client.js';
import {
  claimsOf,
  codeOf,
  type Node,
  type Nodes,
  open,
  type Opened,
  startNodes,
} from '../../support/nodes.js';
import { tokensIn } from '../../support/session-credential.js';

/** The operation of a caller on its own node. */
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
/** Gives the session a new id, and then another. */
const regenerateTwice: Act = async ({ sessions }, { handle }) => {
  const { session } = await sessions.regenerate(handle);
  return sessions.regenerate(session.handle);
};
/** Secrets of cookie sessions, by their first handle. */
const secrets = new Map<string, string>();
const cookieOf = ({ handle }: Opened): Record<string, string> => ({
  cookie: `__Host-session=${secrets.get(handle)}`,
  'sec-fetch-site': 'same-origin',
});
/** By the cookie or the token of the session. */
const confirm: Act = async ({ app }, opened) => {
  const credential = secrets.has(opened.handle)
    ? { headers: cookieOf(opened) }
    : { token: opened.accessToken };
  const { status, body, headers } = await send<{ session: Session; code: string }>(
    `${app.url}/api/confirm`,
    { method: 'POST', ...credential },
  );
  if (status !== 200) throw Object.assign(new Error('no confirm'), { code: body.code });
  const secret = /__Host-session=([^;]+)/.exec(headers.getSetCookie().join())?.[1];
  return { session: body.session, secret };
};
const logoutByCookie: Act = async ({ app }, opened) => {
  const headers = cookieOf(opened);
  const { status } = await send(`${app.url}/auth/logout`, { method: 'POST', headers });
  expect(status).toBe(200);
  return true;
};
const revokeOthers: Act = ({ sessions }, { session, handle }) =>
  sessions.revokeOthers(session.user.id, handle);
const updateClaims: Act = ({ sessions }, { session }) =>
  sessions.updateClaims(session.user.id, { role: 'guest' });

/** The result of one order, with the values that the tests check. */
interface Ending {
  readonly opened: Opened;
  /** 'done' or the code of the error, for each caller. */
  readonly codes: readonly string[];
  readonly values: readonly unknown[];
  /** Handles of the live sessions of the user. */
  readonly live: readonly string[];
}

describe('every order of the steps of two callers on two instances', () => {
  const clock = new FakeClock();
  const shared = memoryBackend({ clock, maxSessions: 100_000 });
  const gates = [new Gate(), new Gate(), new Gate()];
  let nodes: Nodes;
  /** Like `nodes`, with an application that looks up claims. */
  let asking: Nodes;
  let claimsFor: () => Promise<SessionClaims | null>;

  beforeAll(async () => {
    const stores = gates.map((gate) => gatedStore(shared, gate));
    const csrf = { require: 'origin' } as const;
    const controllers = [ApiAppController];
    nodes = await startNodes({ clock, stores, controllers, options: { csrf } });
    const options = { claimsFor: () => claimsFor() };
    asking = await startNodes({ clock, stores, controllers, options });
  });

  afterAll(async () => {
    await nodes.close();
    await asking.close();
  });

  /**
   * Runs the operations in every order on a fresh session each, and checks the invariants of every
   * order.
   */
  async function play(
    acts: readonly Act[],
    check: (ending: Ending) => Promise<void> | void,
    prepare: (opened: Opened) => Promise<Opened> = async (opened) => opened,
    on: Nodes = nodes,
  ): Promise<string[]> {
    return everyOrder(async (choose) => {
      const opened = await prepare(await open(on.all[0]!));
      const { handle } = opened;
      const lived: boolean[] = [];
      const results = await interleave(
        acts.map((act, i) => ({ gate: gates[i]!, run: () => act(on.all[i]!, opened) })),
        choose,
        async () => void lived.push((await shared.store.read(handle)) !== null),
      );
      // Once it has ended it stays ended: only false follows the first false.
      expect(lived.map((_, i) => lived.slice(0, i + 1).every(Boolean))).toEqual(lived);
      const codes = await Promise.all(
        results.map((result) =>
          codeOf(result.status === 'fulfilled' ? Promise.resolve() : Promise.reject(result.reason)),
        ),
      );
      const values = results.map((result) =>
        result.status === 'fulfilled' ? result.value : undefined,
      );
      const live = (await shared.store.list(opened.session.user.id)).map((record) => record.handle);
      await check({ opened, codes, values, live });
    });
  }

  const anyNode = (): Node => nodes.all[1]!;

  /** Every issued refresh token is invalid. */
  async function expectEnded({ opened, values, live }: Ending): Promise<void> {
    expect(live).toEqual([]);
    const given = values.filter((value) => (value as Partial<TokenPair>)?.refreshToken);
    for (const { refreshToken } of [opened, ...(given as TokenPair[])]) {
      expect(await codeOf(anyNode().tokens.refresh(refreshToken))).toBe('SESSION_ENDED');
    }
  }

  it('refresh against refresh: one valid successor for both, and no user is logged out', async () => {
    const orders = await play([refresh, refresh], async ({ opened, codes, values, live }) => {
      expect(codes).toEqual(['done', 'done']);
      expect(live).toEqual([opened.handle]);
      const pairs = values as TokenPair[];
      const jtis = pairs.map(({ refreshToken }) => claimsOf(refreshToken).jti);
      expect(new Set(jtis).size).toBe(1);
      for (const { accessToken } of pairs) await anyNode().tokens.verifyAccess(accessToken);
      expect(await codeOf(anyNode().tokens.refresh(pairs[0]!.refreshToken))).toBe('done');
    });
    // Read and replace by both; the one that loses reads once more and finds the successor.
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

  /** First finds the user and the handle of the session. */
  const IN_TWO_STEPS = ['0011', '0101', '01100', '1001', '10100', '110'];

  it.each<[string, Act, string[]]>([
    ['a logout', logout, IN_TWO_STEPS],
    ['the end of the session', revoke, IN_TWO_STEPS],
    ['the end of all sessions of the user', revokeUser, ['001', '0100', '10']],
  ])('refresh against %s: the session has ended and stays ended', async (_what, end, expected) => {
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
      expect((await shared.store.read(opened.handle))?.data).toEqual({ count: 2 });
    });
    expect(orders).toHaveLength(6);
  });

  it('update against refresh: both are applied', async () => {
    await play([update, refresh], async ({ opened, codes, values }) => {
      expect(codes).toEqual(['done', 'done']);
      const record = await shared.store.read(opened.handle);
      expect(record?.data).toEqual({ count: 1 });
      const { refreshToken } = values[1] as TokenPair;
      expect(record?.refresh?.current.jti).toBe(claimsOf(refreshToken).jti);
    });
  });

  it.each<[string, Act]>([
    ['a logout', logout],
    ['the end of the session', revoke],
  ])('update against %s: the session has ended and stays ended', async (_what, end) => {
    await play([update, end], async (ending) => {
      expect(ending.codes[1]).toBe('done');
      expect(['done', 'SESSION_ENDED']).toContain(ending.codes[0]);
      await expectEnded(ending);
    });
  });

  it('reuse of an old token against refresh: the session has ended, and the refresh revives nothing', async () => {
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
    expect(orders).toHaveLength(10);
  });

  it('update against regenerate: both are applied', async () => {
    await play([update, regenerate], async ({ opened, codes, live }) => {
      expect(codes).toEqual(['done', 'done']);
      expect(live).toHaveLength(1);
      expect(live).not.toContain(opened.handle);
      expect((await shared.store.read(live[0]!))?.data).toEqual({ count: 1 });
    });
  });

  it('regenerate against regenerate: one new id with a valid token', async () => {
    await play([regenerate, regenerate], async ({ codes, values, live }) => {
      expect([...codes].toSorted()).toEqual(['SESSION_ENDED', 'done']);
      const { accessToken } = tokensIn(values[codes.indexOf('done')] as SessionWithCredential);
      expect((await anyNode().tokens.verifyAccess(accessToken)).sid).toBe(live[0]);
      expect(live).toHaveLength(1);
    });
  });

  describe.each<[string, Act]>([
    ['a new id', regenerate],
    ['two new ids', regenerateTwice],
    ['a confirm', confirm],
  ])('%s', (_what, move) => {
    /** A cookie session, and another session of the same user. */
    const others = new Map<string, string>();
    const prepare = async (): Promise<Opened> => {
      const { sessions } = nodes.all[0]!;
      const userId = randomUUID();
      const { session: other } = await sessions.create({
        transport: 'cookie',
        userId,
        claims: { role: 'user' },
      });
      const { session, secret } = await sessions.create({
        transport: 'cookie',
        userId,
        claims: { role: 'user' },
      });
      secrets.set(session.handle, secret);
      others.set(session.handle, other.handle);
      return { session, handle: session.handle, accessToken: '', refreshToken: '' };
    };
    const otherOf = ({ handle }: Opened): string => others.get(handle)!;

    it.each<[string, Act]>([
      ['revoke', revoke],
      ['a logout by cookie', logoutByCookie],
    ])('against %s: the session has ended, and the answer says so', async (_end, end) => {
      await play(
        [move, end],
        async ({ opened, codes, values, live }: Ending): Promise<void> => {
          expect([codes[1], values[1]]).toEqual(['done', true]);
          expect(live).toEqual([otherOf(opened)]);
          expect(['done', 'SESSION_ENDED']).toContain(codes[0]);
          const given = (values[0] as { secret?: string } | undefined)?.secret;
          for (const secret of [secrets.get(opened.handle)!, given ?? '']) {
            expect(await anyNode().sessions.resolve(secret)).toBeNull();
          }
        },
        prepare,
      );
    });

    it('against the end of all sessions of the user: all are counted, none is left', async () => {
      await play(
        [move, revokeUser],
        ({ values, live }: Ending): void => {
          expect(values[1]).toBe(2);
          expect(live).toEqual([]);
        },
        prepare,
      );
    });

    it('against the end of all others: the session stays and the others end', async () => {
      await play(
        [move, revokeOthers],
        async ({ opened, codes, values, live }: Ending): Promise<void> => {
          expect([codes, values[1]]).toEqual([['done', 'done'], 1]);
          expect(live).toHaveLength(1);
          expect(live).not.toContain(otherOf(opened));
          const { secret } = values[0] as { secret: string };
          expect((await anyNode().sessions.resolve(secret))?.handle).toBe(live[0]);
        },
        prepare,
      );
    });

    const keepOther: Act = ({ sessions }, opened) =>
      sessions.revokeOthers(opened.session.user.id, otherOf(opened));

    it('against the end of all except another one: the session ends', async () => {
      await play(
        [move, keepOther],
        ({ opened, values, live }: Ending): void => {
          expect(values[1]).toBe(1);
          expect(live).toEqual([otherOf(opened)]);
        },
        prepare,
      );
    });

    it('8.3.2 against new claims: they are in every session of the user', async () => {
      await play(
        [move, updateClaims],
        async ({ opened, codes, values }: Ending): Promise<void> => {
          expect([codes, values[1]]).toEqual([['done', 'done'], 2]);
          const records = await shared.store.list(opened.session.user.id);
          expect(records.map(({ claims }) => claims)).toEqual([
            { role: 'guest' },
            { role: 'guest' },
          ]);
        },
        prepare,
      );
    });

    it('7.4.2 against a refresh of a disabled user: the session has ended', async () => {
      let asked = 0;
      const disabled = async (opened: Opened): Promise<Opened> => {
        asked = 0;
        claimsFor = async () => {
          asked++;
          return null;
        };
        return opened;
      };
      await play(
        [move, refresh],
        ({ codes, values, live }: Ending): void => {
          expect(codes[1]).toBe('SESSION_ENDED');
          // A refresh after the move has no session left to end.
          const moved = codes[0] === 'done' ? [(values[0] as Opened).session.handle] : [];
          expect(asked > 0 ? [[]] : [[], moved]).toContainEqual(live);
        },
        disabled,
        asking,
      );
    });
  });

  it('8.3.2 new claims during a lookup: an answer from before never replaces them', async () => {
    const role = new Map<string, string>();
    const demote: Act = async ({ sessions }, { session: { user } }) => {
      role.set(user.id, 'guest');
      return sessions.updateClaims(user.id, { role: 'guest' });
    };
    const refreshSlowly: Act = ({ tokens }, { session: { user }, refreshToken }) => {
      claimsFor = async () => {
        const answer = { role: role.get(user.id) ?? 'admin' };
        await gates[0]!.pass();
        return answer;
      };
      return tokens.refresh(refreshToken);
    };
    await play(
      [refreshSlowly, demote],
      async ({ opened, codes, values }: Ending): Promise<void> => {
        expect([codes, values[1]]).toEqual([['done', 'done'], 1]);
        expect((await shared.store.read(opened.handle))?.claims).toEqual({ role: 'guest' });
        // A token issued in between is no longer valid.
        const { accessToken } = values[0] as TokenPair;
        const code = await codeOf(asking.all[1]!.tokens.verifyAccess(accessToken));
        expect([claimsOf(accessToken).role, code]).not.toEqual(['admin', 'done']);
      },
      undefined,
      asking,
    );
  });
});
