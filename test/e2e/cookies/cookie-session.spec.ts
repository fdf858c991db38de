import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ListedSession } from 'nestjs-session-kit';
import { MATRIX } from '../../support/fixture.js';
import { ADAPTERS } from '../../support/test-app.js';
import { logIn, useBrowserApp } from '../../support/apps/use-browser-app.js';

const SECRET_NAME = '__Host-session';

describe.each(MATRIX)('$adapter with $store: a session in a cookie', (entry) => {
  const fixture = useBrowserApp(entry);

  beforeEach(() => {
    fixture.ran.length = 0;
  });

  it('begins with a login, is identified by its cookie and ends with a logout', async () => {
    const browser = fixture.browser();
    const login = await logIn(browser, { claims: { role: 'editor' }, data: { theme: 'dark' } });
    expect(login.body).toEqual({ user: { id: 'ada', role: 'editor' } });
    expect((await browser.cookies()).map(({ key }) => key)).toEqual([SECRET_NAME]);

    const me = await browser.get('/me');
    expect(me.status).toBe(200);
    expect(me.body).toMatchObject({
      user: { id: 'ada', role: 'editor' },
      session: { user: { id: 'ada' }, data: { theme: 'dark' }, device: { ip: '127.0.0.1' } },
    });
    expect((await browser.act('/orders')).body).toEqual({ orderedBy: 'ada' });

    const kept = await browser.cookie(SECRET_NAME);
    const logout = await browser.act('/auth/logout');
    expect([logout.status, logout.body]).toEqual([200, { message: 'Logged out successfully' }]);
    expect(await browser.cookies()).toEqual([]);
    const replayed = await browser.get('/me', { cookie: `${SECRET_NAME}=${kept}` });
    expect(replayed.body).toMatchObject({ statusCode: 401, code: 'SESSION_ENDED' });
    expect(await fixture.sessions.list('ada')).toEqual([]);
  });

  it('14.3.1 clears only its cookie at logout, with the attributes from the login', async () => {
    const browser = fixture.browser();
    await browser.csrfToken();
    const [set] = (await logIn(browser)).setCookies;
    const { setCookies, headers } = await browser.act('/auth/logout');
    const attributes = set?.slice(set.indexOf(';'));
    expect(attributes).toBe('; Path=/; HttpOnly; Secure; SameSite=Lax');
    expect(setCookies).toEqual([`__Host-session=; Max-Age=0${attributes}`]);
    expect(headers.get('clear-site-data')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('14.3.2 forbids caching of answers that set or clear a cookie or contain a token', async () => {
    const browser = fixture.browser();
    const answers = [
      await browser.get('/auth/csrf-token'),
      await logIn(browser),
      await browser.get('/auth/csrf-token'),
      await browser.get('/auth/sessions'),
      await browser.act('/confirm'),
      await browser.act('/auth/logout'),
    ];
    expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual(
      answers.map(() => 'no-store'),
    );
  });

  it('7.5.2 lists the sessions of its user, marks the current one and ends another', async () => {
    const [mine, other, stranger] = [
      await fixture.loggedIn({ userId: 'bob' }),
      await fixture.loggedIn({ userId: 'bob' }),
      await fixture.loggedIn({ userId: 'eve' }),
    ];
    const { body: list } = await mine.get<ListedSession[]>('/auth/sessions');
    expect(list.map(({ current }) => current).toSorted()).toEqual([false, true]);
    const [theirs] = (await stranger.get<ListedSession[]>('/auth/sessions')).body;
    const foreign = await mine.send(`/auth/sessions/${theirs?.handle}`, {
      method: 'DELETE',
      csrf: await mine.csrfToken(),
    });
    expect(foreign.status).toBe(404);
    expect((await stranger.get('/me')).status).toBe(200);

    const target = list.find(({ current }) => !current)?.handle;
    const ended = await mine.send(`/auth/sessions/${target}`, {
      method: 'DELETE',
      csrf: await mine.csrfToken(),
    });
    expect([ended.status, ended.text]).toEqual([204, '']);
    expect((await other.get('/me')).body).toMatchObject({ statusCode: 401, code: 'SESSION_ENDED' });
    expect((await mine.get('/me')).status).toBe(200);
  });

  it('ends with all other sessions at logout-all', async () => {
    const [mine, other] = [
      await fixture.loggedIn({ userId: 'cyd' }),
      await fixture.loggedIn({ userId: 'cyd' }),
    ];
    expect((await mine.act('/auth/logout-all')).body).toEqual({ revoked: 2 });
    expect([(await mine.get('/me')).status, (await other.get('/me')).status]).toEqual([401, 401]);
  });

  it('7.2.4 is replaced by a second login with another cookie', async () => {
    const browser = await fixture.loggedIn({ userId: 'dan', data: { admin: true } });
    const before = await browser.cookie(SECRET_NAME);
    const { body } = await browser.get<{ session: { handle: string } }>('/me');
    await logIn(browser, { userId: 'dan' });
    expect(await browser.cookie(SECRET_NAME)).not.toBe(before);
    const replayed = await browser.get('/me', { cookie: `${SECRET_NAME}=${before}` });
    expect(replayed.status).toBe(401);
    expect(await fixture.sessions.find(body.session.handle)).toBeNull();
    expect(await fixture.sessions.list('dan')).toHaveLength(1);
  });

  it('WSTG 4.6.8 passes nothing to the session of a second login, even of another user', async () => {
    const browser = await fixture.loggedIn({ userId: 'eli', data: { admin: true, cart: ['x'] } });
    await logIn(browser, { userId: 'fay', claims: { role: 'user' } });
    const { body } = await browser.get<{ session: { data: object }; user: object }>('/me');
    expect(body.user).toEqual({ id: 'fay', role: 'user' });
    expect(body.session.data).toEqual({});
    expect(await fixture.sessions.list('eli')).toEqual([]);
  });

  it('7.2.4 gets another cookie from confirm, and refuses the previous one', async () => {
    const browser = await fixture.loggedIn({ userId: 'gus', data: { theme: 'dark' } });
    const before = await browser.cookie(SECRET_NAME);
    fixture.clock.advance(60_000);
    const { status, body } = await browser.act<{ session: { authenticatedAt: string } }>(
      '/confirm',
    );
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['session']);
    expect(body.session.authenticatedAt).toBe(new Date(fixture.clock.nowMs()).toISOString());
    expect(await browser.cookie(SECRET_NAME)).not.toBe(before);
    expect((await browser.get('/me')).body).toMatchObject({
      session: { data: { theme: 'dark' } },
    });
    expect((await browser.get('/me', { cookie: `${SECRET_NAME}=${before}` })).status).toBe(401);
    expect(await fixture.sessions.list('gus')).toHaveLength(1);
  });

  it('CS-Session "privilege change" gets another cookie from regenerate and http.setCredential', async () => {
    const browser = await fixture.loggedIn({ userId: 'hal', data: { cart: ['x'] } });
    const before = await browser.cookie(SECRET_NAME);
    expect((await browser.act('/promote')).status).toBe(200);
    expect((await browser.get('/me')).body).toMatchObject({ session: { data: { cart: ['x'] } } });
    expect((await browser.get('/me', { cookie: `${SECRET_NAME}=${before}` })).status).toBe(401);
  });

  it('3.3.4 reveals its secret only in Set-Cookie, not in a body, another header or an error', async () => {
    const browser = fixture.browser();
    const login = await logIn(browser, { userId: 'ivy' });
    const secret = (await browser.cookie(SECRET_NAME)) as string;
    const answers = [
      login,
      await browser.get('/me'),
      await browser.get('/auth/sessions'),
      await browser.get('/auth/csrf-token'),
      await browser.post('/orders'),
      await browser.get('/nowhere'),
      await browser.act('/auth/logout'),
      await browser.get('/me', { cookie: `${SECRET_NAME}=${secret}` }),
    ];
    for (const { text, headers } of answers) {
      expect(text).not.toContain(secret.slice(4));
      const others = [...headers].filter(([name]) => name !== 'set-cookie');
      expect(JSON.stringify(others)).not.toContain(secret.slice(4));
    }
  });

  it('is read once per guarded request, which sets no cookie', async () => {
    const browser = await fixture.loggedIn({ userId: 'jan' });
    fixture.clock.advance(30_000);
    for (const path of ['/me', '/name']) {
      fixture.calls.length = 0;
      const { status, setCookies } = await browser.get(path);
      expect([path, status, setCookies, fixture.calls]).toEqual([path, 200, [], ['read']]);
    }
    const csrf = await browser.csrfToken();
    fixture.calls.length = 0;
    expect((await browser.post('/orders', { csrf })).status).toBe(200);
    expect(fixture.calls).toEqual(['read']);
  });
});

describe.each(ADAPTERS)('session ids from the browser on %s', (adapter) => {
  const fixture = useBrowserApp({ adapter, store: 'redis' });

  it('CS-Session "strict" are not adopted if they are unknown, and create no key', async () => {
    const client = fixture.redis!.client();
    const browser = await fixture.loggedIn({ userId: 'kim' });
    const secret = (await browser.cookie(SECRET_NAME)) as string;
    const unknown = `${secret.slice(0, 4)}${'A'.repeat(43)}`;
    const keys = async (): Promise<string[]> =>
      (await client.keys(`${fixture.keyPrefix}*`)).toSorted();
    const before = await keys();
    const visitor = fixture.browser();
    for (const path of ['/me', '/open', '/auth/csrf-token']) {
      const { setCookies } = await visitor.get(path, { cookie: `${SECRET_NAME}=${unknown}` });
      expect(setCookies.filter((cookie) => cookie.startsWith(SECRET_NAME))).toEqual([]);
    }
    expect(await keys()).toEqual(before);

    const csrf = await visitor.csrfToken();
    const cookie = `${SECRET_NAME}=${unknown}; __Host-csrf=${await visitor.cookie('__Host-csrf')}`;
    const login = await visitor.post('/login', { csrf, cookie, json: { userId: 'kim' } });
    expect(login.status).toBe(200);
    expect(login.setCookies[0]).toMatch(/^__Host-session=\S{47};/);
    expect(login.setCookies[0]).not.toContain(unknown);
    expect((await visitor.get('/me', { cookie: `${SECRET_NAME}=${unknown}` })).status).toBe(401);
  });

  it('OAuth 2.1 §4.3 leave no secret in the keys or values of Redis', async () => {
    const client = fixture.redis!.client();
    const browser = await fixture.loggedIn({ userId: 'leo' });
    await browser.get('/me');
    const random = (await browser.cookie(SECRET_NAME))!.slice(4);
    const keys = await client.keys(`${fixture.keyPrefix}*`);
    const records = keys.filter((key) => key.includes(':s:'));
    expect(records.length).toBeGreaterThan(0);
    const values = await Promise.all(records.map((key) => client.get(key)));
    expect([...keys, ...values].join('\n')).not.toContain(random);
  });
});
