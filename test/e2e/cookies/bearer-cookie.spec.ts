import { describe, expect, it } from '@jest/globals';
import type { Browser } from '../../support/browser-client.js';
import { MATRIX } from '../../support/fixture.js';
import { logIn, useBrowserApp } from '../../support/apps/use-browser-app.js';

const ACCESS = '__Host-session-access';
const REFRESH = '__Secure-session-refresh';
const LOGIN = { transport: 'bearer-cookie' } as const;

const refresh = (browser: Browser, cookie?: string) =>
  browser.act('/auth/refresh', cookie === undefined ? {} : { cookie });
const header = async (browser: Browser): Promise<string> =>
  `${ACCESS}=${await browser.cookie(ACCESS)}; ${REFRESH}=${await browser.cookie(REFRESH)}`;

describe.each(MATRIX)('$adapter with $store: tokens in cookies', (entry) => {
  const fixture = useBrowserApp(entry);

  it('10.1.1 are set at login, and no body or other header contains a token', async () => {
    const browser = fixture.browser();
    const login = await logIn(browser, { ...LOGIN, claims: { role: 'editor' } });
    expect(login.body).toEqual({ user: { id: 'ada', role: 'editor' } });
    const cookies = await browser.cookies();
    expect(
      cookies.map(({ key, path, httpOnly, secure }) => ({ key, path, httpOnly, secure })),
    ).toEqual([
      { key: ACCESS, path: '/', httpOnly: true, secure: true },
      { key: REFRESH, path: '/auth', httpOnly: true, secure: true },
    ]);
    const before = [await browser.cookie(ACCESS), await browser.cookie(REFRESH)] as string[];
    const refreshed = await refresh(browser);
    expect([refreshed.status, refreshed.body]).toEqual([200, { expiresIn: 3600 }]);
    const after = [await browser.cookie(ACCESS), await browser.cookie(REFRESH)] as string[];
    const answers = [
      login,
      refreshed,
      await browser.get('/me'),
      await browser.get('/auth/sessions'),
      await browser.act('/confirm'),
      await browser.act('/auth/logout'),
    ];
    for (const { text, headers } of answers) {
      const readable = [...headers].filter(([name]) => name !== 'set-cookie');
      const seen = `${text}${JSON.stringify(readable)}`;
      for (const token of [...before, ...after]) {
        expect(seen).not.toContain(token);
        expect(seen).not.toContain(token.split('.')[2]);
      }
    }
  });

  it('3.3.5 are not replaced by a login with claims too large for a cookie', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'cleo' });
    const before = await header(browser);
    const { status, setCookies } = await browser.act('/login', {
      json: { ...LOGIN, userId: 'cleo', claims: { fill: 'x'.repeat(3500) } },
    });
    expect([status, setCookies]).toEqual([500, []]);
    expect((await browser.get('/me', { cookie: before })).status).toBe(200);
    expect(await fixture.sessions.list('cleo')).toHaveLength(1);
  });

  it('authenticate a guarded request by the access cookie alone, with one read and no new cookie', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'bob' });
    fixture.calls.length = 0;
    const { status, body, setCookies } = await browser.get('/me');
    expect([status, setCookies, fixture.calls]).toEqual([200, [], ['read']]);
    expect(body).toMatchObject({ user: { id: 'bob' } });
    const refreshOnly = `${REFRESH}=${await browser.cookie(REFRESH)}`;
    expect((await browser.get('/me', { cookie: refreshOnly })).status).toBe(401);
    const swapped = `${ACCESS}=${await browser.cookie(REFRESH)}`;
    expect((await browser.get('/me', { cookie: swapped })).body).toMatchObject({
      statusCode: 401,
      code: 'TOKEN_TYPE_INVALID',
    });
  });

  it('are renewed by a refresh after the access token expired', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'cyd', claims: { role: 'editor' } });
    fixture.clock.advance(3_600_000);
    expect((await browser.get('/me')).body).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect((await refresh(browser)).status).toBe(200);
    expect((await browser.get('/me')).body).toMatchObject({ user: { id: 'cyd', role: 'editor' } });
  });

  it('3.5.1 require a CSRF token for a refresh', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'dan' });
    const before = await browser.cookie(REFRESH);
    const { status, body, setCookies } = await browser.post('/auth/refresh');
    expect([status, body['code'], setCookies]).toEqual([403, 'CSRF_REJECTED', []]);
    expect((await refresh(browser)).status).toBe(200);
    expect(await browser.cookie(REFRESH)).not.toBe(before);
  });

  it('have the same successor for a second tab that refreshes within the grace', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'eli' });
    const cookie = await header(browser);
    const [one, two] = await Promise.all([refresh(browser, cookie), refresh(browser, cookie)]);
    expect([one.status, two.status]).toEqual([200, 200]);
    const late = await refresh(browser, cookie);
    const successors = [one, two, late].map(
      ({ setCookies }) => /refresh=([^;]+)/.exec(setCookies.join())?.[1],
    );
    expect(new Set(successors).size).toBe(1);
    expect((await browser.get('/me')).status).toBe(200);
  });

  it('10.4.5 end the session at a reuse of the refresh cookie, without clearing cookies', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'fay' });
    const stolen = await header(browser);
    await refresh(browser);
    fixture.clock.advance(31_000);
    const reused = await refresh(browser, stolen);
    expect([reused.status, reused.body['code']]).toEqual([401, 'REFRESH_REUSED']);
    expect(reused.setCookies).toEqual([]);
    expect((await browser.get('/me')).body).toMatchObject({ code: 'SESSION_ENDED' });
    expect((await refresh(browser)).body).toMatchObject({ code: 'SESSION_ENDED' });
    expect(await fixture.sessions.list('fay')).toEqual([]);
  });

  it('7.4.1 end the session at a logout long after the access token expired', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'gus' });
    const cookie = await header(browser);
    fixture.clock.advance(6 * 86_400_000);
    const { status, body } = await browser.act('/auth/logout');
    expect([status, body]).toEqual([200, { message: 'Logged out successfully' }]);
    expect(await browser.cookies()).toEqual([]);
    expect(await fixture.sessions.list('gus')).toEqual([]);
    expect((await refresh(browser, cookie)).body).toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('7.2.4 are replaced by confirm, which invalidates the previous tokens', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'hal', data: { cart: ['x'] } });
    const before = await header(browser);
    const { status, body } = await browser.act('/confirm');
    expect([status, Object.keys(body)]).toEqual([200, ['session']]);
    expect((await browser.get('/me')).body).toMatchObject({ session: { data: { cart: ['x'] } } });
    expect((await browser.get('/me', { cookie: before })).body).toMatchObject({
      statusCode: 401,
      code: 'SESSION_ENDED',
    });
    expect((await refresh(browser, before)).status).toBe(401);
    expect((await refresh(browser)).status).toBe(200);
  });

  it('are replaced by a login with the other cookie transport, as is the session', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'ivy' });
    await logIn(browser, { userId: 'ivy' });
    expect((await browser.cookies()).map(({ key }) => key)).toEqual(['__Host-session']);
    expect(await fixture.sessions.list('ivy')).toHaveLength(1);
    await logIn(browser, { ...LOGIN, userId: 'ivy' });
    const keys = (await browser.cookies()).map(({ key }) => key).toSorted();
    expect(keys).toEqual([ACCESS, REFRESH]);
    expect(await fixture.sessions.list('ivy')).toHaveLength(1);
  });

  it('refuse a refresh token in the body beside the cookie, and neither is used', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'jan' });
    const { tokens } = await fixture.sessions.create({ transport: 'bearer', userId: 'jan' });
    const { refreshToken } = tokens;
    const { status, body } = await browser.act('/auth/refresh', { json: { refreshToken } });
    expect([status, body['code']]).toEqual([401, 'TOKEN_INVALID']);
    expect((await refresh(browser)).status).toBe(200);
    expect((await fixture.tokens.refresh(refreshToken)).tokenType).toBe('Bearer');
  });

  it('are refused and cleared if there are two refresh cookies', async () => {
    const [one, two] = [
      await fixture.loggedIn({ ...LOGIN, userId: 'kim' }),
      await fixture.loggedIn({ ...LOGIN, userId: 'kim' }),
    ];
    const own = await header(one);
    for (const value of [await two.cookie(REFRESH), await one.cookie(REFRESH), '', 'junk']) {
      const { status, body, setCookies } = await refresh(one, `${own}; ${REFRESH}=${value}`);
      expect([status, body['code']]).toEqual([401, 'TOKEN_INVALID']);
      const cleared = setCookies.filter((line) => line.startsWith(`${REFRESH}=; Max-Age=0;`));
      expect(cleared).toEqual(setCookies);
    }
    expect([(await refresh(one, own)).status, (await refresh(two)).status]).toEqual([200, 200]);
  });

  it('answer REFRESH_TOKEN_REQUIRED without a token in body or cookie', async () => {
    const browser = fixture.browser();
    const { status, body } = await browser.act('/auth/refresh');
    expect([status, body['code']]).toEqual([400, 'REFRESH_TOKEN_REQUIRED']);
  });
});
