import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type RedisBackend,
  type Session,
  SessionError,
  type SessionErrorCode,
  SessionStore,
} from 'nestjs-session-kit';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { codeOf, type Node, open, type Opened } from '../../support/nodes.js';
import {
  recordKey,
  refusal,
  backendBeside,
  useFeedNodes,
  windowOf,
} from '../../support/feed-nodes.js';

const nodes = useFeedNodes();
let beside: RedisBackend;

beforeAll(() => {
  beside = backendBeside(nodes);
});

afterAll(() => beside.onApplicationShutdown());

const userOf = ({ session }: Opened): string => session.user.id;

const recordIsGone = ({ handle }: Opened): Promise<unknown> =>
  eventually(
    () => nodes.look.exists(recordKey(nodes, handle)),
    (count) => count === 0,
  );

const stands = async ({ handle }: Opened): Promise<boolean> =>
  (await nodes.look.exists(recordKey(nodes, handle))) === 1;

/**
 * Publishes the end of a session like a node that dies then, and waits until the other node has
 * received it.
 */
async function publishAlone({ handle, accessToken }: Opened): Promise<void> {
  await beside.revocationLog.publish([{ type: 'session', handle }]);
  expect(await refusal(nodes.there, accessToken)).toBe('SESSION_ENDED');
}

describe('an end that was published but not carried out', () => {
  it('refuses the access token, and keeps the record', async () => {
    const opened = await open(nodes.here);
    await publishAlone(opened);
    expect(await stands(opened)).toBe(true);
  });

  it.each<[what: string, use: (node: Node, opened: Opened) => Promise<unknown>]>([
    ['a refresh', ({ tokens }, { refreshToken }) => tokens.refresh(refreshToken)],
    ['an update', ({ sessions }, { handle }) => sessions.update(handle, { theme: 'dark' })],
    ['a regenerate', ({ sessions }, { handle }) => sessions.regenerate(handle)],
    ['new tokens', ({ tokens }, { session }) => tokens.issue(session as Session<'bearer'>)],
  ])('refuses %s, which carries it out', async (_what, use) => {
    const opened = await open(nodes.here);
    await publishAlone(opened);
    expect(await codeOf(use(nodes.there, opened))).toBe('SESSION_ENDED');
    await recordIsGone(opened);
  });

  it('refuses the session cookie, and that carries it out', async () => {
    const { session, secret } = await nodes.here.sessions.create({
      transport: 'cookie',
      userId: 'ada',
    });
    const { handle } = session;
    await beside.revocationLog.publish([{ type: 'session', handle }]);
    await eventually(
      () => windowOf(nodes.there).state().entries,
      () => windowOf(nodes.there).hasEnded({ handle, epoch: Infinity } as never),
    );
    const headers = { cookie: `__Host-session=${secret}` };
    const { status, body } = await send(`${nodes.there.app.url}/api/plain`, { headers });
    expect([status, body['code']]).toEqual([401, 'SESSION_ENDED']);
    await eventually(
      () => nodes.look.exists(recordKey(nodes, handle)),
      (count) => count === 0,
    );
  });

  it('is left to the node that revokes while it may still be at it', async () => {
    const { here, there } = nodes;
    const opened = await open(here);
    const store = here.app.get(SessionStore);
    const original = store.delete.bind(store);
    store.delete = async (handle) => {
      expect(await refusal(there, opened.accessToken)).toBe('SESSION_ENDED');
      expect(await codeOf(there.tokens.refresh(opened.refreshToken))).toBe('SESSION_ENDED');
      // A command that the refresh sent was carried out before this one.
      await there.app.get(SessionStore).ping();
      store.delete = original;
      return original(handle);
    };
    expect(await here.sessions.revoke(opened.handle)).toBe(true);
  });

  it('hides the session from lists, and reading one carries it out', async () => {
    const opened = await open(nodes.here);
    const other = await open(nodes.here, userOf(opened));
    await publishAlone(opened);
    const listed = await nodes.there.sessions.list(userOf(opened));
    expect(listed.map(({ handle }) => handle)).toEqual([other.handle]);
    await recordIsGone(opened);
    expect(await stands(other)).toBe(true);
  });

  it('of all sessions refuses earlier ones and is carried out when one is read', async () => {
    const old = await open(nodes.here);
    const epoch = await beside.store.raiseEpoch((await beside.store.epoch()) + 1);
    await beside.revocationLog.publish([{ type: 'everyone', epoch }]);
    expect(await refusal(nodes.there, old.accessToken)).toBe('SESSION_ENDED');
    expect(await stands(old)).toBe(true);
    expect(await codeOf(nodes.there.tokens.refresh(old.refreshToken))).toBe('SESSION_ENDED');
    await recordIsGone(old);
    const young = await open(nodes.there);
    await nodes.there.tokens.verifyAccess(young.accessToken);
  });

  it('of a move that did not happen leaves the session unchanged', async () => {
    const { handle, accessToken, refreshToken } = await open(nodes.here);
    await beside.revocationLog.publish([{ type: 'recheck', handle }]);
    await nodes.there.tokens.verifyAccess(accessToken);
    await nodes.there.tokens.refresh(refreshToken);
    expect(await codeOf(nodes.there.tokens.verifyAccess(accessToken))).toBe('done');
  });
});

const stream = (): string => `${nodes.keyPrefix}revocations`;

/** Runs `work` while nothing can be published: the key of the stream has another type. */
async function withoutStream<T>(work: () => Promise<T>): Promise<T> {
  const key = stream();
  await nodes.look.multi().rename(key, `${key}-aside`).set(key, 'no stream').exec();
  try {
    return await work();
  } finally {
    await nodes.look.multi().del(key).rename(`${key}-aside`, key).exec();
  }
}

type End = (node: Node, opened: Opened) => Promise<unknown>;

/** Operations that name the session, so that it can be ended and published later. */
const NAMED: [what: string, end: End][] = [
  ['revoke', ({ sessions }, { handle }) => sessions.revoke(handle)],
  [
    'TokenService.revoke of the refresh token',
    ({ tokens }, { refreshToken }) => tokens.revoke(refreshToken),
  ],
  [
    'claims that are null at a refresh',
    async ({ tokens }, opened) => {
      nodes.claims.set(userOf(opened), null);
      const code = await codeOf(tokens.refresh(opened.refreshToken));
      if (code !== 'SESSION_ENDED') throw new SessionError(code as SessionErrorCode);
    },
  ],
];

/** Operations that search for sessions, and would not find them again. */
const SEARCHED: [what: string, end: End][] = [
  ['revokeUser', ({ sessions }, opened) => sessions.revokeUser(userOf(opened))],
  ['revokeEveryone', ({ sessions }) => sessions.revokeEveryone()],
];

describe('an end that cannot be published', () => {
  it.each(NAMED)('is 503 and carried out nevertheless: %s', async (_what, end) => {
    const opened = await open(nodes.here);
    const code = await withoutStream(() => codeOf(end(nodes.here, opened)));
    expect(code).toBe('STORE_UNAVAILABLE');
    expect(await stands(opened)).toBe(false);
    expect(await codeOf(nodes.there.tokens.refresh(opened.refreshToken))).toBe('SESSION_ENDED');
  });

  it.each(NAMED)('is published automatically as soon as possible: %s', async (_what, end) => {
    const opened = await open(nodes.here);
    await withoutStream(() => codeOf(end(nodes.here, opened)));
    expect(await refusal(nodes.there, opened.accessToken)).toBe('SESSION_ENDED');
  });

  it.each([...NAMED, ...SEARCHED])(
    'is 503, and carried out by a second call: %s',
    async (_what, end) => {
      const opened = await open(nodes.here);
      expect(await withoutStream(() => codeOf(end(nodes.here, opened)))).toBe('STORE_UNAVAILABLE');
      await end(nodes.here, opened);
      expect(await refusal(nodes.there, opened.accessToken)).toBe('SESSION_ENDED');
      expect(await stands(opened)).toBe(false);
    },
  );

  it('is published even if no caller can name the session any more: a reused refresh token', async () => {
    const { here, there } = nodes;
    const opened = await open(here);
    const second = await here.tokens.refresh(opened.refreshToken);
    await here.tokens.refresh(second.refreshToken);
    const again = (): Promise<string> => codeOf(here.tokens.refresh(opened.refreshToken));
    expect(await withoutStream(again)).toBe('STORE_UNAVAILABLE');
    expect(await again()).toBe('SESSION_ENDED');
    expect(await refusal(there, second.accessToken)).toBe('SESSION_ENDED');
  });

  it('is published before the application stops', async () => {
    const leaving = await nodes.startAnother();
    const opened = await open(leaving);
    await withoutStream(() => codeOf(leaving.sessions.revoke(opened.handle)));
    await leaving.app.close();
    expect(await nodes.look.xrevrange(stream(), '+', '-', 'COUNT', 1)).toEqual([
      [expect.any(String), ['session', opened.handle]],
    ]);
  });

  it('and claims that changed at a refresh: both are published when the refresh is repeated', async () => {
    const { here, there, claims } = nodes;
    const opened = await open(here);
    claims.set(userOf(opened), { role: 'admin' });
    const refresh = (): Promise<string> => codeOf(here.tokens.refresh(opened.refreshToken));
    expect(await withoutStream(refresh)).toBe('STORE_UNAVAILABLE');
    expect(await refresh()).toBe('done');
    expect(await refusal(there, opened.accessToken)).toBe('TOKEN_EXPIRED');
  });
});

describe('an end that cannot be carried out', () => {
  it('is 503, and refused by every node that received it', async () => {
    const opened = await open(nodes.here);
    const key = recordKey(nodes, opened.handle);
    await nodes.look.multi().rename(key, `${key}-aside`).hset(key, 'no', 'record').exec();
    expect(await codeOf(nodes.here.sessions.revoke(opened.handle))).toBe('STORE_UNAVAILABLE');
    await nodes.look.rename(`${key}-aside`, key);
    expect(await refusal(nodes.here, opened.accessToken)).toBe('SESSION_ENDED');
    expect(await refusal(nodes.there, opened.accessToken)).toBe('SESSION_ENDED');
    expect(await codeOf(nodes.there.tokens.refresh(opened.refreshToken))).toBe('SESSION_ENDED');
    await recordIsGone(opened);
  });
});
