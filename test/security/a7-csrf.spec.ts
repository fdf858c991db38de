import { beforeEach, describe, expect, it } from '@jest/globals';
import { newSecret } from '../../lib/rules/handle.js';
import { useBrowserApp } from '../support/apps/use-browser-app.js';
import {
  type Browser,
  type BrowserAnswer,
  type BrowserSent,
  FOREIGN_PAGE,
  SIBLING_PAGE,
  SITE,
} from '../support/browser-client.js';
import { ADAPTERS } from '../support/test-app.js';
import { AttackTargetController } from '../support/apps/attack-target.controller.js';

const BODY = {
  statusCode: 403,
  error: 'Forbidden',
  message: 'Invalid CSRF token',
  code: 'CSRF_REJECTED',
};
/**
 * The documented answer, no cookie set or cleared, no handler called, and the session stays live.
 */
const REFUSED = { status: 403, body: BODY, setCookies: [], ran: [], alive: true };
const TRANSFER = '/target/transfer';

describe.each(ADAPTERS)('%s: requests forged by another site', (adapter) => {
  const fixture = useBrowserApp(
    { adapter, store: 'memory' },
    { controllers: [AttackTargetController] },
  );
  let browser: Browser;
  let secret: string;

  const ran = (): string[] => fixture.app.get(AttackTargetController).ran;
  /** The answer to a request, and whether the session of its victim is unaffected. */
  const outcomeOf = async ({ status, body, setCookies }: BrowserAnswer): Promise<object> => {
    const handlers = [...ran()];
    const me = await browser.get('/me', { cookie: `__Host-session=${secret}` });
    return { status, body, setCookies, ran: handlers, alive: me.status === 200 };
  };

  beforeEach(async () => {
    browser = await fixture.loggedIn();
    secret = (await browser.cookie('__Host-session')) as string;
    ran().length = 0;
    fixture.ran.length = 0;
  });

  it.each<[what: string, sent: BrowserSent]>([
    ['from a foreign page, by fetch metadata', { from: FOREIGN_PAGE }],
    ['from a sibling host', { from: SIBLING_PAGE }],
    [
      'from a foreign page, by Origin',
      { headers: { 'sec-fetch-site': undefined, origin: 'https://evil.test' } },
    ],
    ['from a sandboxed frame', { headers: { 'sec-fetch-site': undefined, origin: 'null' } }],
    [
      'from a look-alike host',
      { headers: { 'sec-fetch-site': undefined, origin: `${SITE}.evil.test` } },
    ],
    ['from another port', { headers: { 'sec-fetch-site': undefined, origin: `${SITE}:8443` } }],
    [
      'from another scheme',
      { headers: { 'sec-fetch-site': undefined, origin: 'ftp://app.example' } },
    ],
    ['with an unknown fetch metadata value', { headers: { 'sec-fetch-site': 'same-galaxy' } }],
  ])('3.5.1 a POST %s is refused even with a valid token', async (_what, sent) => {
    const csrf = await browser.csrfToken();
    // Sends the cookie as if SameSite did not prevent it: the package does not depend on it.
    const cookie = `__Host-session=${secret}`;
    expect(await outcomeOf(await browser.post(TRANSFER, { csrf, cookie, ...sent }))).toEqual(
      REFUSED,
    );
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    '3.5.1 %s without a token is refused',
    async (method) => {
      expect(await outcomeOf(await browser.send(TRANSFER, { method }))).toEqual(REFUSED);
      const { status } = await browser.send(TRANSFER, { method, csrf: await browser.csrfToken() });
      expect(status).toBe(200);
      expect(ran()).toHaveLength(1);
    },
  );

  it.each<[what: string, contentType: string, body: string]>([
    ['text', 'text/plain', '{"to":"evil"}'],
    ['a form', 'application/x-www-form-urlencoded', 'to=evil'],
    ['a form in upper case', 'Application/X-WWW-Form-URLEncoded', 'to=evil'],
    ['a multipart form', 'multipart/form-data; boundary=b', '--b--\r\n'],
    ['JSON', 'application/json', '{"to":"evil"}'],
  ])('3.5.2 a body of %s without preflight is refused', async (_what, type, body) => {
    const headers = { 'content-type': type };
    const answer = await browser.post(TRANSFER, { body, headers, from: SIBLING_PAGE });
    // Fastify does not parse such a body, and refuses it before any guard.
    const unread = adapter === 'fastify' && type.startsWith('multipart');
    expect(await outcomeOf(answer)).toMatchObject(unread ? { status: 415, ran: [] } : REFUSED);
  });

  it('3.5.2 a POST without a content type is refused', async () => {
    expect(await outcomeOf(await browser.post(TRANSFER, { from: SIBLING_PAGE }))).toEqual(REFUSED);
  });

  it.each<[what: string, token: () => Promise<string> | string]>([
    ['empty', () => ''],
    ['junk', () => 'junk'],
    ['the session cookie itself', () => secret],
    ['of another session', async () => (await fixture.loggedIn()).csrfToken()],
    ['of a visitor', () => fixture.browser().csrfToken()],
    ['10 kB long', () => 'A'.repeat(10_000)],
  ])('CS-CSRF HMAC a token that is %s is refused', async (_what, token) => {
    expect(await outcomeOf(await browser.post(TRANSFER, { csrf: await token() }))).toEqual(REFUSED);
  });

  it('CS-CSRF HMAC a token of one session is refused for another', async () => {
    const other = await fixture.loggedIn();
    const csrf = await other.csrfToken();
    for (let i = 0; i < 2; i++) expect((await other.post(TRANSFER, { csrf })).status).toBe(200);
    ran().length = 0;
    expect(await outcomeOf(await browser.post(TRANSFER, { csrf }))).toEqual(REFUSED);
    expect((await other.post(TRANSFER, { csrf: `${csrf.slice(0, -2)}AA` })).status).toBe(403);
  });

  it('CS-CSRF HMAC a pre-login token is not valid after the login', async () => {
    const visitor = fixture.browser();
    const early = await visitor.csrfToken();
    const binding = await visitor.cookie('__Host-csrf');
    expect((await visitor.post('/login', { csrf: early })).status).toBe(200);
    ran().length = 0;
    expect(await outcomeOf(await visitor.post(TRANSFER, { csrf: early }))).toEqual(REFUSED);
    // Nor if the pre-login cookie is sent again.
    const own = await visitor.cookie('__Host-session');
    const cookie = `__Host-session=${own}; __Host-csrf=${binding}`;
    expect(await outcomeOf(await visitor.post(TRANSFER, { csrf: early, cookie }))).toEqual(REFUSED);
  });

  it('CS-CSRF HMAC a token ends with its session and with a new id of it', async () => {
    const old = await browser.csrfToken();
    expect((await browser.post(TRANSFER, { csrf: old })).status).toBe(200);
    await browser.act('/confirm');
    ran().length = 0;
    secret = (await browser.cookie('__Host-session')) as string;
    expect(await outcomeOf(await browser.post(TRANSFER, { csrf: old }))).toEqual(REFUSED);
  });

  it('CS-CSRF naive double submit a planted cookie with an equal header is refused', async () => {
    const planted = 'A'.repeat(22);
    for (const csrf of [planted, 'A'.repeat(86)]) {
      const cookie = `__Host-session=${secret}; __Host-csrf=${planted}; csrf=${csrf}`;
      expect(await outcomeOf(await browser.post(TRANSFER, { csrf, cookie }))).toEqual(REFUSED);
    }
  });

  it('CS-CSRF transmission a token only in the URL, in a cookie or in the body is refused', async () => {
    const token = await browser.csrfToken();
    expect(await outcomeOf(await browser.post(`${TRANSFER}?_csrf=${token}&csrf=${token}`))).toEqual(
      REFUSED,
    );
    const cookie = `__Host-session=${secret}; __Host-csrf=${token}; csrf=${token}; XSRF-TOKEN=${token}`;
    expect(await outcomeOf(await browser.post(TRANSFER, { cookie }))).toEqual(REFUSED);
    expect(
      await outcomeOf(await browser.post(TRANSFER, { json: { _csrf: token, csrfToken: token } })),
    ).toEqual(REFUSED);
    expect(
      await outcomeOf(await browser.post(TRANSFER, { headers: { 'x-xsrf-token': token } })),
    ).toEqual(REFUSED);
  });

  it('CS-CSRF HMAC the token is valid for the session, encoded differently each time, from any tab', async () => {
    const tokens = [
      await browser.csrfToken(),
      await browser.csrfToken(),
      await browser.csrfToken(),
    ];
    expect(new Set(tokens).size).toBe(3);
    const first = await browser.post(TRANSFER, { csrf: tokens[0] });
    const answers = await Promise.all(tokens.map((csrf) => browser.post(TRANSFER, { csrf })));
    expect([first, ...answers].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it.each(['GET', 'HEAD'])('%s changes nothing and needs no token', async (method) => {
    const { status } = await browser.send(TRANSFER, { method, from: SIBLING_PAGE });
    expect([status, ran()]).toEqual([200, ['balance']]);
  });

  it.each(['/auth/logout', '/auth/logout-all', '/auth/refresh', '/login', TRANSFER])(
    '3.5.3 no safe method changes anything at %s',
    async (path) => {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const { setCookies } = await browser.send(path, { method, from: SIBLING_PAGE });
        expect(setCookies).toEqual([]);
      }
      expect(ran().filter((name) => name !== 'balance')).toEqual([]);
      expect(fixture.ran).toEqual([]);
    },
  );

  it('CS-CSRF login a login from another site is refused', async () => {
    const visitor = fixture.browser();
    const csrf = await visitor.csrfToken();
    for (const sent of [{}, { csrf, from: FOREIGN_PAGE }, { csrf, from: SIBLING_PAGE }]) {
      const { status, body, setCookies } = await visitor.post('/login', sent);
      expect([status, body, setCookies]).toEqual([403, BODY, []]);
    }
    const strangers = await fixture.browser().csrfToken();
    expect((await visitor.post('/login', { csrf: strangers })).status).toBe(403);
    expect(fixture.ran).toEqual([]);
    expect((await visitor.post('/login', { csrf })).status).toBe(200);
  });

  it('CS-CSRF another site cannot force a logout, with or without cookies', async () => {
    for (const cookie of [`__Host-session=${secret}`, '', `__Host-csrf=${'A'.repeat(22)}`]) {
      const { status, setCookies, headers } = await browser.post('/auth/logout', {
        from: FOREIGN_PAGE,
        cookie,
      });
      expect(status).toBe(cookie === '' ? 200 : 403);
      expect(setCookies).toEqual([]);
      expect(headers.get('clear-site-data')).toBeNull();
    }
    for (const path of ['/auth/logout-all', '/auth/logout']) {
      const answer = await browser.post(path, { from: SIBLING_PAGE });
      expect([answer.status, answer.setCookies]).toEqual([403, []]);
    }
  });

  it('a bearer token is exempt from any origin, also together with a cookie', async () => {
    const { tokens } = await fixture.sessions.create({ transport: 'bearer', userId: 'ada' });
    const { accessToken: token } = tokens;
    for (const cookie of ['', `__Host-session=${secret}`, '__Host-csrf=junk']) {
      const answer = await browser.post(TRANSFER, { token, cookie, from: FOREIGN_PAGE });
      expect([cookie, answer.status]).toEqual([cookie, 200]);
    }
  });

  it('a refused bearer token is reported to a page of another origin, which then refreshes', async () => {
    const { tokens } = await fixture.sessions.create({ transport: 'bearer', userId: 'ada' });
    const { accessToken } = tokens;
    await fixture.tokens.revoke(accessToken);
    for (const cookie of ['', `__Host-session=${secret}`]) {
      for (const [token, code] of [
        [accessToken, 'TOKEN_EXPIRED'],
        ['junk', 'TOKEN_INVALID'],
      ] as const) {
        const answer = await browser.post(TRANSFER, { token, cookie, from: FOREIGN_PAGE });
        expect([answer.status, answer.body['code']]).toEqual([401, code]);
      }
    }
    expect(ran()).toEqual([]);
  });

  it('another Authorization scheme is not a bearer token and exempts nothing', async () => {
    for (const authorization of ['Basic dTpw', 'Bearer', 'Bearer ']) {
      expect(await outcomeOf(await browser.post(TRANSFER, { headers: { authorization } }))).toEqual(
        REFUSED,
      );
    }
  });

  it('@SkipCsrf() exempts only this route and method', async () => {
    const sent = { from: FOREIGN_PAGE };
    expect((await browser.post('/target/webhook', sent)).body).toEqual({ done: 'webhook' });
    ran().length = 0;
    for (const path of [
      '/target/webhook/../transfer',
      '/target/subscribe',
      '/target/webhook/x',
      '/target/WEBHOOKS',
    ]) {
      const { status } = await browser.post(path, { ...sent, cookie: `__Host-session=${secret}` });
      expect([path, [403, 404].includes(status)]).toEqual([path, true]);
    }
    expect((await browser.send('/target/webhook', { method: 'PUT', ...sent })).status).toBe(404);
    expect(ran()).toEqual([]);
  });

  it('CsrfService issues a token for a page of the application and checks it on a route without a guard', async () => {
    const { body, headers } = await browser.get<{ field: string }>('/target/form');
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await browser.post(TRANSFER, { csrf: body.field })).status).toBe(200);
    ran().length = 0;
    expect(await outcomeOf(await browser.post('/target/checked'))).toEqual(REFUSED);
    expect(
      await outcomeOf(
        await browser.post('/target/checked', { csrf: body.field, from: SIBLING_PAGE }),
      ),
    ).toEqual(REFUSED);
    expect((await browser.post('/target/checked', { csrf: body.field })).status).toBe(200);
  });

  it('CS-CSRF a client without a browser and credentials is asked for a credential, not for a token', async () => {
    const headers = { origin: undefined, 'sec-fetch-site': undefined };
    const { status, body } = await fixture.browser().post(TRANSFER, { headers });
    expect([status, body['code']]).toEqual([401, 'TOKEN_MISSING']);
    expect(ran()).toEqual([]);
  });

  it.each<[what: string, sent: BrowserSent]>([
    ['by its Origin', { headers: { 'sec-fetch-site': undefined, origin: FOREIGN_PAGE.origin } }],
    ['by its Sec-Fetch-Site', { headers: { 'sec-fetch-site': 'cross-site', origin: undefined } }],
    [
      'with the cookie of an ended session',
      {
        headers: { 'sec-fetch-site': undefined, origin: undefined },
        cookie: `__Host-session=${newSecret('u1')}`,
      },
    ],
  ])('CS-CSRF an anonymous request is refused %s', async (_what, sent) => {
    const { status, body } = await fixture.browser().post(TRANSFER, sent);
    expect([status, body]).toEqual([403, BODY]);
    expect(ran()).toEqual([]);
  });
});
