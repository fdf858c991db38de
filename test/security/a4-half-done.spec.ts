import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { memoryBackend, SessionEvents } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { newHandle, newSecret } from '../../lib/rules/handle.js';
import { BrowserAppController } from '../support/apps/browser-app.controller.js';
import { send } from '../support/http-client.js';
import { recordingStore } from '../support/recording-store.js';
import { ADAPTERS, startApp, type TestApp } from '../support/test-app.js';
import { type FailingStore, type Failure, failingStore } from './failing-store.js';
import { startAttackTarget, useAttackTargets } from '../support/apps/use-attack-target.js';
import {
  request,
  logIn,
  refresh,
  SESSION_ENDED,
  denied,
} from '../support/apps/attack-target.controller.js';

const UNAVAILABLE =
  '503 {"statusCode":503,"error":"Service Unavailable","message":"Session store unavailable","code":"STORE_UNAVAILABLE"}';

const FAILURES: Failure[] = (['read', 'replace'] as const).flatMap((method) =>
  (['before', 'after'] as const).flatMap((when) =>
    [1, 2, 3, Number.POSITIVE_INFINITY].map((times) => ({ method, when, times })),
  ),
);

describe.each(ADAPTERS)('an interrupted rotation, on %s', (adapter) => {
  const clock = new FakeClock();
  let failing: FailingStore;
  let target: TestApp;

  beforeAll(async () => {
    failing = failingStore(memoryBackend({ clock, maxSessions: 1000 }));
    target = await startAttackTarget({ adapter, clock, options: { store: failing.store } });
  });

  afterEach(() => failing.heal());
  afterAll(() => target.close());

  it.each(FAILURES)(
    '2.3.3 leaves exactly one valid token if $method fails $when it is applied, $times times',
    async (failure) => {
      const first = await logIn(target.url, 'u1');
      failing.plan(failure);
      const cutOff = await refresh(target.url, first.refreshToken);
      expect(['200', UNAVAILABLE]).toContain(cutOff.answer);
      failing.heal();

      // Clients retry after a 503 or a lost answer with the token that they have.
      const retried = await refresh(target.url, first.refreshToken);
      expect(retried.answer).toBe('200');
      const again = await refresh(target.url, first.refreshToken);
      const answered = [cutOff, retried, again].filter(({ answer }) => answer === '200');
      const successors = new Set(answered.map(({ tokens }) => tokens.refreshToken));
      expect(successors.size).toBe(1);
      const next = await refresh(target.url, retried.tokens.refreshToken);
      expect(next.answer).toBe('200');
      expect((await request(target, next.tokens.accessToken)).ran).toEqual(['kit', 'passport']);

      // The old token is replaced: using it ends the session.
      expect((await refresh(target.url, first.refreshToken)).answer).toMatch(
        /^401 .*REFRESH_REUSED/,
      );
      expect(await request(target, next.tokens.accessToken)).toEqual(denied(SESSION_ENDED));
    },
  );

  it('2.3.3 is 503 with Retry-After while the store fails, and no handler runs', async () => {
    const { accessToken, refreshToken } = await logIn(target.url, 'u1');
    failing.plan({ method: 'read', when: 'before', times: Number.POSITIVE_INFINITY });
    expect(await request(target, accessToken)).toEqual(denied(UNAVAILABLE));
    // A user does not become a visitor either.
    expect((await send(`${target.url}/target/greeting`, { token: accessToken })).status).toBe(503);
    const json = { refreshToken };
    const answer = await send(`${target.url}/auth/refresh`, { method: 'POST', json });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    failing.heal();
    expect((await request(target, accessToken)).ran).toEqual(['kit', 'passport']);
  });

  it('10.4.5 is 503 if the session of a reused token cannot be ended, and ends it later', async () => {
    const first = await logIn(target.url, 'u1');
    const second = await refresh(target.url, first.refreshToken);
    clock.advance(30_000);
    failing.plan({ method: 'delete', when: 'before', times: 1 });
    expect((await refresh(target.url, first.refreshToken)).answer).toBe(UNAVAILABLE);
    failing.heal();
    // The revocation was published before the failure, and the next read of the session carries it
    // out.
    expect((await refresh(target.url, first.refreshToken)).answer).toBe(SESSION_ENDED);
    expect(await request(target, second.tokens.accessToken)).toEqual(denied(SESSION_ENDED));
  });

  it('7.4.1 a logout that was published but not carried out is not reported as done, and still takes effect', async () => {
    const { accessToken } = await logIn(target.url, 'u1');
    failing.plan({ method: 'delete', when: 'before', times: 1 });
    const sent = { method: 'POST', token: accessToken };
    expect((await send(`${target.url}/auth/logout`, sent)).status).toBe(503);
    failing.heal();
    expect(await request(target, accessToken)).toEqual(denied(SESSION_ENDED));
    expect((await send(`${target.url}/auth/logout`, sent)).status).toBe(200);
    expect(await request(target, accessToken)).toEqual(denied(SESSION_ENDED));
  });
});

describe.each(ADAPTERS)('a rotation whose answer from the store is lost, on %s', (adapter) => {
  const start = useAttackTargets();

  it('2.3.3 is not treated as reuse, even without any grace', async () => {
    const clock = new FakeClock();
    const failing = failingStore(memoryBackend({ clock, maxSessions: 1000 }));
    const tokens = { reuseGraceSeconds: 0 };
    const target = await start({ adapter, clock, options: { store: failing.store, tokens } });
    const first = await logIn(target.url, 'u1');
    failing.plan({ method: 'replace', when: 'after', times: 1 });
    const second = await refresh(target.url, first.refreshToken);
    expect(second.answer).toBe('200');
    expect((await refresh(target.url, second.tokens.refreshToken)).answer).toBe('200');
    expect((await refresh(target.url, second.tokens.refreshToken)).answer).toMatch(
      /REFRESH_REUSED/,
    );
  });
});

describe.each(ADAPTERS)('a revocation while the store cannot be read, on %s', (adapter) => {
  const start = useAttackTargets();

  it('7.4.1 by logout is published for a token, and not for a cookie, which any client can invent', async () => {
    const clock = new FakeClock();
    const failing = failingStore(memoryBackend({ clock, maxSessions: 1000 }));
    const { store, calls } = recordingStore(failing.store);
    const target = await start({ adapter, clock, options: { store, csrf: { require: 'origin' } } });
    const { accessToken } = await logIn(target.url, 'u1');
    failing.plan({ method: 'locate', when: 'before', times: Number.POSITIVE_INFINITY });
    const logOut = async (headers: Record<string, string>): Promise<[number, boolean]> => {
      calls.length = 0;
      const answer = await send(`${target.url}/auth/logout`, { method: 'POST', headers });
      return [answer.status, calls.includes('publish')];
    };
    const cookie = `__Host-session=${newSecret('intruder')}`;
    expect(await logOut({ cookie, 'sec-fetch-site': 'same-origin' })).toEqual([503, false]);
    expect(await logOut({ authorization: `Bearer ${accessToken}` })).toEqual([503, true]);
  });

  it('7.4.1 from the list of sessions is not published either: any client can invent a handle', async () => {
    const failing = failingStore(memoryBackend({ clock: new FakeClock(), maxSessions: 1000 }));
    const { store, calls } = recordingStore(failing.store);
    const target = await start({ adapter, options: { store } });
    const { accessToken: token } = await logIn(target.url, 'u1');
    failing.plan({ method: 'locate', when: 'before', times: Number.POSITIVE_INFINITY });
    calls.length = 0;
    const url = `${target.url}/auth/sessions/${newHandle('u1')}`;
    expect((await send(url, { method: 'DELETE', token })).status).toBe(503);
    expect(calls).toContain('locate');
    expect(calls).not.toContain('publish');
  });
});

describe.each(ADAPTERS)('a login that fails after its session was stored, on %s', (adapter) => {
  const failing = failingStore(memoryBackend({ clock: new FakeClock(), maxSessions: 1000 }));
  let shop: TestApp;
  const events: string[] = [];

  beforeAll(async () => {
    shop = await startApp({
      adapter,
      controllers: [BrowserAppController],
      options: { store: failing.store, csrf: { require: 'origin' }, session: { maxPerUser: 1 } },
    });
    shop.get(SessionEvents).on(({ type }) => void events.push(type));
  });

  afterEach(() => failing.heal());
  afterAll(() => shop.close());

  const logInAs = (userId: string, cookie = '') =>
    send(`${shop.url}/login`, {
      method: 'POST',
      json: { userId },
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    });

  it.each<[what: string, userId: string, Failure]>([
    [
      'the session that it replaces cannot be ended',
      'bob',
      { method: 'delete', when: 'before', times: 1 },
    ],
    [
      'the end of that session cannot be published',
      'carol',
      { method: 'publish', when: 'before', times: 1 },
    ],
  ])('7.2.4 leaves no session that no client has: %s', async (_what, userId, failure) => {
    const before = await logInAs('ada');
    const [cookie = ''] = before.headers.getSetCookie()[0]!.split(';');
    events.length = 0;
    failing.plan(failure);
    const { status, headers } = await logInAs(userId, cookie);
    expect([status, headers.getSetCookie()]).toEqual([503, []]);
    failing.heal();
    expect(await failing.store.store.list(userId)).toEqual([]);
    expect(events.filter((type) => type.startsWith('session.'))).toEqual(
      expect.arrayContaining(['session.created', 'session.revoked']),
    );
  });

  it('leaves no session if the end of an evicted session cannot be published', async () => {
    await logInAs('dave');
    // The first publication is the `recheck` of a session that may end.
    failing.plan({ method: 'publish', when: 'before', times: 1, skip: 1 });
    expect((await logInAs('dave')).status).toBe(503);
    failing.heal();
    expect(await failing.store.store.list('dave')).toEqual([]);
  });
});
