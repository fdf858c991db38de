import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionConfigError } from 'nestjs-session-kit';
import { Browser, type BrowserSent, SITE } from '../../support/browser-client.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';
import {
  logIn,
  type BrowserAppOptions,
  useBrowserApp,
} from '../../support/apps/use-browser-app.js';
import { BrowserAppController } from '../../support/apps/browser-app.controller.js';

const pathOf = async (browser: Browser, name: string): Promise<string | null | undefined> =>
  (await browser.cookies()).find(({ key }) => key === name)?.path;

describe.each(ADAPTERS)('the path of the refresh cookie on %s', (adapter) => {
  const REFRESH = '__Secure-session-refresh';
  const login = { transport: 'bearer-cookie' } as const;

  /** Logs in, refreshes and logs out under a prefix. @returns the path of the refresh cookie */
  async function journey(
    prefix: string,
    cookie: BrowserAppOptions['cookie'] = {},
  ): Promise<unknown> {
    const app = await startApp({
      adapter,
      controllers: [BrowserAppController],
      options: { globalGuards: true, cookie },
      configure: (nest) => nest.setGlobalPrefix(prefix),
    });
    try {
      const browser = new Browser(app.url, `/${prefix}/auth`);
      const opened = await browser.act(`/${prefix}/login`, { json: login });
      const path = await pathOf(browser, REFRESH);
      const before = await browser.cookie(REFRESH);
      const refreshed = await browser.act(`/${prefix}/auth/refresh`);
      const isNew = (await browser.cookie(REFRESH)) !== before;
      const ended = await browser.act(`/${prefix}/auth/logout`);
      const left = (await browser.cookies()).length;
      return {
        statuses: [opened, refreshed, ended].map(({ status }) => status),
        path,
        isNew,
        left,
      };
    } finally {
      await app.close();
    }
  }

  it('includes a global prefix, and a logout clears the cookie', async () => {
    expect(await journey('api')).toEqual({
      statuses: [200, 200, 200],
      path: '/api/auth',
      isNew: true,
      left: 0,
    });
  });

  it('is cookie.refreshPath if a proxy rewrites paths', async () => {
    expect(await journey('api', { refreshPath: '/api' })).toMatchObject({
      statuses: [200, 200, 200],
      path: '/api',
      left: 0,
    });
  });
});

describe.each(ADAPTERS)('cookie options on %s', (adapter) => {
  const named = useBrowserApp(
    { adapter, store: 'memory' },
    { options: { cookie: { name: '__Secure-shop', domain: 'app.example', sameSite: 'strict' } } },
  );
  const clearing = useBrowserApp(
    { adapter, store: 'memory' },
    { options: { cookie: { partitioned: true }, logout: { clearSiteData: ['cache', 'storage'] } } },
  );
  const plain = useBrowserApp(
    { adapter, store: 'memory' },
    { options: { cookie: { secure: false } } },
  );

  it('set name, domain and sameSite of every cookie, for subdomains too', async () => {
    const browser = await named.loggedIn();
    const [cookie] = await browser.cookies();
    expect(cookie).toMatchObject({
      key: '__Secure-shop',
      domain: 'app.example',
      sameSite: 'strict',
      secure: true,
      httpOnly: true,
    });
    expect(await browser.jar.getCookies('https://blog.app.example/')).toHaveLength(1);
    expect((await browser.get('/me')).status).toBe(200);
    await browser.act('/auth/logout');
    expect(await browser.cookies()).toEqual([]);
  });

  it('14.3.1 set Clear-Site-Data at a logout by cookie', async () => {
    const browser = await clearing.loggedIn();
    const logout = await browser.act('/auth/logout');
    expect(logout.headers.get('clear-site-data')).toBe('"cache", "storage"');
    const anonymous = await clearing.browser().post('/auth/logout');
    expect(anonymous.headers.get('clear-site-data')).toBeNull();
  });

  it('set Partitioned on every cookie that is set or cleared', async () => {
    const browser = clearing.browser();
    const token = await browser.get('/auth/csrf-token');
    const login = await logIn(browser, { transport: 'bearer-cookie' });
    const logout = await browser.act('/auth/logout');
    const lines = [token, login, logout].flatMap(({ setCookies }) => setCookies);
    expect(lines).toHaveLength(6);
    expect(lines.filter((line) => !line.includes('; Secure; Partitioned;'))).toEqual([]);
  });

  it('remove Secure and the name prefixes with secure: false, and ignore the old names', async () => {
    const browser = await plain.loggedIn();
    const [cookie] = await browser.cookies();
    expect(cookie).toMatchObject({ key: 'session', secure: false, httpOnly: true });
    expect((await browser.get('/me')).status).toBe(200);
    const prefixed = { cookie: `__Host-session=${cookie?.value}` };
    expect((await browser.get('/me', prefixed)).status).toBe(401);
  });

  it('3.3.3 fail the start with the path of each option that excludes __Host-', async () => {
    const start = startApp({ adapter, options: { cookie: { domain: 'a.example', path: '/x' } } });
    await expect(start).rejects.toThrow(SessionConfigError);
    await expect(start).rejects.toThrow(/cookie\.domain: [^]*cookie\.path: /);
  });

  it('3.3.1 fail the start with secure: false in production', async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      const options = { memory: {}, cookie: { secure: false } };
      await expect(startApp({ adapter, options })).rejects.toThrow(/cookie\.secure: .*production/);
    } finally {
      if (before === undefined) delete process.env['NODE_ENV'];
      else process.env['NODE_ENV'] = before;
    }
  });
});

/** Omits fetch metadata, so that `Origin` is compared with the origin that the application assumes. */
const forwarded = (origin: string, host: string, headers = {}): BrowserSent => ({
  headers: {
    'sec-fetch-site': undefined,
    origin,
    host,
    'x-forwarded-proto': 'https',
    ...headers,
  },
});
const order = async (url: string, sent: BrowserSent): Promise<number> => {
  const browser = new Browser(url);
  await logIn(browser);
  return (await browser.act('/orders', sent)).status;
};

describe.each(ADAPTERS)('an application behind a TLS proxy on %s', (adapter) => {
  const fixture = useBrowserApp({ adapter, store: 'memory' });
  let trusting: TestApp;

  beforeAll(async () => {
    trusting = await startApp({
      adapter,
      behindProxy: true,
      controllers: [BrowserAppController],
      options: { globalGuards: true },
    });
  });

  afterAll(() => trusting?.close());

  it('4.1.3 takes scheme and host from a trusted proxy', async () => {
    const inner = 'inner:3000';
    const outside = { 'x-forwarded-host': 'app.example' };
    expect(await order(trusting.url, forwarded(SITE, 'app.example'))).toBe(200);
    expect(await order(trusting.url, forwarded(SITE, 'app.example:443'))).toBe(200);
    expect(await order(trusting.url, forwarded(SITE, inner, outside))).toBe(200);
    expect(await order(trusting.url, forwarded('http://app.example', inner, outside))).toBe(403);
    expect(await order(trusting.url, forwarded('https://inner:3000', inner, outside))).toBe(403);
  });

  it('4.1.3 takes the first entry of a list from several trusted proxies', async () => {
    const lists = { 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'app.example, inner' };
    expect(await order(trusting.url, forwarded(SITE, 'inner:3000', lists))).toBe(200);
    expect(await order(trusting.url, forwarded('http://inner', 'inner:3000', lists))).toBe(403);
    const protocol = { 'x-forwarded-proto': 'https,http' };
    expect(await order(trusting.url, forwarded(SITE, 'app.example', protocol))).toBe(200);
    // This application trusts no proxy, so the lists have no effect.
    expect(await order(fixture.url, forwarded(SITE, 'inner:3000', lists))).toBe(403);
    expect(await order(fixture.url, forwarded('http://inner:3000', 'inner:3000', lists))).toBe(200);
  });

  it('4.1.3 15.3.4 ignores forwarded headers that any client can send', async () => {
    const evil = { 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test;proto=https' };
    expect(await order(fixture.url, forwarded('https://evil.test', 'app.example', evil))).toBe(403);
    expect(await order(fixture.url, forwarded('http://evil.test', 'app.example', evil))).toBe(403);
    expect(await order(fixture.url, forwarded('https://app.example', 'app.example'))).toBe(403);
    expect(await order(fixture.url, forwarded('http://app.example', 'app.example', evil))).toBe(
      200,
    );
  });
});
