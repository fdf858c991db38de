import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionEvent, SessionService } from 'nestjs-session-kit';
import { Browser } from '../../support/browser-client.js';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { collectEvents, typesOf } from './collect-events.js';
import { AdminAppController } from '../../support/apps/admin-app.controller.js';

interface Client {
  readonly userId: string;
  readonly handle: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** An action and exactly the events that it must cause. */
type Row = [name: string, act: () => Promise<unknown>, events: () => object[]];

const IP = '127.0.0.1';
const GRACE_MS = 30_000;

const revoked = (by: string, count = 1) => ({ type: 'session.revoked', by, count });

describe.each(MATRIX)('events on $adapter with $store', (entry) => {
  let claims: object | null = {};
  const fixture = useFixture(entry, {
    controllers: [AdminAppController],
    options: {
      session: { maxPerUser: 3 },
      claimsFor: async () => claims,
      rateLimit: { windowSeconds: 60 },
    },
  });
  let mine: Client;
  let received: SessionEvent[];
  /** The handle of the session that the action created. */
  let opened: string;

  const post = <Body = Client>(path: string, json: object = {}, token?: string) =>
    send<Body>(`${fixture.url}/${path}`, { method: 'POST', json, token });
  const login = async (userId: string = randomUUID()): Promise<Client> => {
    const { body } = await post('admin/login', { userId, transport: 'bearer' });
    return { ...body, userId };
  };
  const refresh = async (refreshToken = mine.refreshToken): Promise<Client> =>
    (await post('auth/refresh', { refreshToken })).body;
  const browserLogin = async (
    browser: Browser,
    transport: string,
    userId = mine.userId,
  ): Promise<void> => {
    const { body } = await browser.act<Client>('/admin/login', { json: { userId, transport } });
    opened = body.handle;
  };
  const sessions = (): SessionService => fixture.sessions;
  /** Creates other sessions of the same user and returns their handles, oldest first. */
  const others = async (count: number): Promise<string[]> => {
    const handles: string[] = [];
    for (let i = 0; i < count; i++) {
      // The limit ends the oldest session, so each needs its own creation time.
      fixture.clock.advance(1);
      handles.push((await login(mine.userId)).handle);
    }
    received.length = 0;
    return handles;
  };

  beforeEach(async () => {
    claims = {};
    mine = await login();
    received = collectEvents(fixture.app);
  });

  const me = () => ({ userId: mine.userId, handle: mine.handle, ip: IP });

  const ROWS: Row[] = [
    [
      'a login with tokens',
      async () => (opened = (await login(mine.userId)).handle),
      () => [{ ...me(), type: 'session.created', transport: 'bearer', handle: opened }],
    ],
    ...(['cookie', 'bearer-cookie'] as const).map((transport): Row => [
      `a login by ${transport}`,
      () => browserLogin(new Browser(fixture.url), transport),
      () => [{ ...me(), type: 'session.created', transport, handle: opened }],
    ]),
    [
      'a session without a request',
      async () =>
        (opened = (await sessions().create({ transport: 'cookie', userId: mine.userId })).session
          .handle),
      () => [{ type: 'session.created', transport: 'cookie', userId: mine.userId, handle: opened }],
    ],
    ['a refresh', () => refresh(), () => [{ ...me(), type: 'session.refreshed' }]],
    [
      'the same refresh twice within the grace',
      async () => [await refresh(), await refresh()],
      () => [
        { ...me(), type: 'session.refreshed' },
        { ...me(), type: 'session.replayed' },
      ],
    ],
    [
      'the use of the previous refresh token after the grace',
      async () => {
        await refresh();
        fixture.clock.advance(GRACE_MS);
        await refresh();
      },
      () => [
        { ...me(), type: 'session.refreshed' },
        { ...me(), type: 'session.reused', reuse: 'recent', ageMs: GRACE_MS },
      ],
    ],
    [
      'the use of a refresh token from two rotations ago',
      async () => {
        const { refreshToken } = await refresh();
        fixture.clock.advance(1000);
        await refresh(refreshToken);
        fixture.clock.advance(2000);
        await refresh();
      },
      () => [
        { ...me(), type: 'session.refreshed' },
        { ...me(), type: 'session.refreshed' },
        { ...me(), type: 'session.reused', reuse: 'stale', ageMs: 2000 },
      ],
    ],
    [
      'regenerate',
      async () => (opened = (await sessions().regenerate(mine.handle)).session.handle),
      () => [
        {
          type: 'session.regenerated',
          userId: mine.userId,
          handle: opened,
          previousHandle: mine.handle,
        },
      ],
    ],
    [
      'confirm',
      async () => (opened = (await post('admin/confirm', {}, mine.accessToken)).body.handle),
      () => [
        {
          type: 'session.regenerated',
          userId: mine.userId,
          handle: opened,
          previousHandle: mine.handle,
        },
      ],
    ],
    [
      'logout',
      () => post('auth/logout', {}, mine.accessToken),
      () => [{ ...me(), ...revoked('logout') }],
    ],
    [
      'logout a second time',
      async () => {
        await post('auth/logout', {}, mine.accessToken);
        await post('auth/logout', {}, mine.accessToken);
      },
      () => [{ ...me(), ...revoked('logout') }],
    ],
    [
      'logout-all',
      async () => {
        await others(2);
        await post('auth/logout-all', {}, mine.accessToken);
      },
      () => [{ ...revoked('user', 3), userId: mine.userId, ip: IP }],
    ],
    [
      'DELETE of a listed session',
      async () => {
        [opened = ''] = await others(1);
        await send(`${fixture.url}/auth/sessions/${opened}`, {
          method: 'DELETE',
          token: mine.accessToken,
        });
      },
      () => [{ ...me(), ...revoked('user'), handle: opened }],
    ],
    [
      'DELETE of a session of another user',
      async () => {
        const { handle } = await login();
        received.length = 0;
        await send(`${fixture.url}/auth/sessions/${handle}`, {
          method: 'DELETE',
          token: mine.accessToken,
        });
      },
      () => [],
    ],
    [
      'revoke',
      () => sessions().revoke(mine.handle),
      () => [{ ...revoked('service'), userId: mine.userId, handle: mine.handle }],
    ],
    [
      'revoke of an ended session',
      async () => {
        await sessions().revoke(mine.handle);
        await sessions().revoke(mine.handle);
      },
      () => [{ ...revoked('service'), userId: mine.userId, handle: mine.handle }],
    ],
    [
      'revokeUser',
      async () => {
        await others(1);
        await sessions().revokeUser(mine.userId);
      },
      () => [{ ...revoked('service', 2), userId: mine.userId }],
    ],
    ['revokeUser of an unknown user', () => sessions().revokeUser('unknown'), () => []],
    [
      'revokeOthers',
      async () => {
        await others(2);
        await sessions().revokeOthers(mine.userId, mine.handle);
      },
      () => [{ ...revoked('service', 2), userId: mine.userId }],
    ],
    ['revokeEveryone', () => sessions().revokeEveryone(), () => [{ type: 'everyone.revoked' }]],
    [
      'a login beyond the limit',
      async () => {
        await others(2);
        opened = (await login(mine.userId)).handle;
      },
      () => [
        { ...me(), ...revoked('cap') },
        { ...me(), type: 'session.created', transport: 'bearer', handle: opened },
      ],
    ],
    [
      'a login over another login in one browser',
      async () => {
        const browser = new Browser(fixture.url);
        await browserLogin(browser, 'cookie');
        received.length = 0;
        const before = opened;
        await browserLogin(browser, 'cookie', 'another-user');
        mine = { ...mine, handle: before };
      },
      () => [
        { type: 'session.created', transport: 'cookie', userId: 'another-user', handle: opened },
        { ...me(), ...revoked('login') },
      ],
    ],
    [
      'a refresh of a user whom the application disabled',
      async () => {
        claims = null;
        await refresh();
      },
      () => [{ ...me(), ...revoked('claims') }],
    ],
    [
      'a touch of a user whom the application disabled',
      async () => {
        claims = null;
        fixture.clock.advance(61_000);
        await send(`${fixture.url}/admin/me`, { token: mine.accessToken });
        await eventually(
          () => received.length,
          (count) => count > 0,
        );
      },
      () => [{ ...revoked('claims'), userId: mine.userId, handle: mine.handle }],
    ],
    [
      'the revocation of an access token',
      () => fixture.tokens.revoke(mine.accessToken),
      () => [{ type: 'token.revoked', userId: mine.userId, handle: mine.handle }],
    ],
    [
      'the revocation of a refresh token',
      () => fixture.tokens.revoke(mine.refreshToken),
      () => [{ ...revoked('service'), userId: mine.userId, handle: mine.handle }],
    ],
    [
      'a failed login',
      () => post('admin/wrong-password', { reason: 'wrong-password' }),
      () => [{ type: 'login.failed', reason: 'wrong-password', ip: IP }],
    ],
    [
      'a request from another site',
      async () => {
        const browser = new Browser(fixture.url);
        await browserLogin(browser, 'cookie');
        received.length = 0;
        await browser.post('/admin/confirm');
      },
      () => [{ type: 'csrf.rejected', reason: 'no-token', ip: IP }],
    ],
    [
      'a request beyond the rate limit',
      async () => {
        for (let i = 0; i < 2; i++) {
          await send(`${fixture.url}/admin/once`, { token: mine.accessToken });
        }
      },
      () => [{ type: 'rate-limit.exceeded', policy: 'AdminAppController.once', ip: IP }],
    ],
  ];

  it.each(ROWS)('16.3.1 %s emits each of its events once', async (_name, act, expected) => {
    await act();
    expect(received).toEqual(expected().map((event) => expect.objectContaining(event)));
    const now = new Date(fixture.clock.nowMs()).toISOString();
    // The clock stands still after the last step of an action.
    expect(received.at(-1)?.time ?? now).toBe(now);
  });

  it('16.2.1 carry the same lineage through all changes of the handle', async () => {
    const { refreshToken } = await refresh();
    const confirmed = await post('admin/confirm', {}, (await refresh(refreshToken)).accessToken);
    await refresh(confirmed.body.refreshToken);
    fixture.clock.advance(GRACE_MS);
    await refresh(confirmed.body.refreshToken);
    const lineages = new Set(received.map(({ lineage }) => lineage));
    expect(typesOf(received)).toEqual([
      'session.refreshed',
      'session.refreshed',
      'session.regenerated',
      'session.refreshed',
      'session.reused',
    ]);
    expect([...lineages]).toEqual([expect.stringMatching(/^[\w-]{20,}$/)]);
  });

  it('16.3.1 report an expired session once for each time that it is read', async () => {
    const browser = new Browser(fixture.url);
    await browserLogin(browser, 'cookie');
    received.length = 0;
    const record = await fixture.sessions.find(opened);
    fixture.clock.advance(record!.expiresAt.getTime() - fixture.clock.nowMs());
    await browser.get('/admin/me');
    // A store may remove an expired session before it is read; the memory store does.
    const seen = entry.store === 'redis' ? ['session.expired'] : [];
    expect(typesOf(received)).toEqual(seen);
    for (const event of received)
      expect(event).toMatchObject({ userId: mine.userId, handle: opened });
  });
});
