import { beforeEach, describe, expect, it } from '@jest/globals';
import { logIn, useBrowserApp } from '../support/apps/use-browser-app.js';
import type { Browser } from '../support/browser-client.js';
import { sendRaw } from '../support/http-client.js';
import { ADAPTERS } from '../support/test-app.js';

const NAME = '__Host-session';
const ACCESS = '__Host-session-access';

/** The part of an answer that must not depend on the adapter. */
const outcome = ({ status, body }: { status: number; body: Record<string, unknown> }): object => ({
  status,
  code: body['code'],
});
const INVALID = { status: 401, code: 'TOKEN_INVALID' };

describe.each(ADAPTERS)('%s: hostile cookies', (adapter) => {
  const fixture = useBrowserApp({ adapter, store: 'memory' });
  let browser: Browser;
  let secret: string;

  beforeEach(async () => {
    browser = await fixture.loggedIn();
    secret = (await browser.cookie(NAME)) as string;
    fixture.calls.length = 0;
    fixture.ran.length = 0;
  });

  it.each<[what: string, value: (secret: string) => string]>([
    ['junk', () => 'junk'],
    ['a star', () => '*'],
    ['a path', () => '../../etc/passwd'],
    ['__proto__', () => '__proto__'],
    ['a hash tag', () => '{x}'],
    ['JSON', () => '{"id":1}'],
    ['an array', () => 'j:["a"]'],
    ['an encoded line break', (good) => `${good}%0d%0aSet-Cookie:%20x=1`],
    ['an encoded NUL', (good) => `${good}%00`],
    ['10 kB', () => 'A'.repeat(10_000)],
    ['the secret cut short', (good) => good.slice(0, -1)],
    ['the secret with one more character', (good) => `${good}A`],
    ['the secret in quotes', (good) => `"${good}"`],
    ['the secret with a signature', (good) => `s:${good}.AAAA`],
    ['another encoding of the secret', (good) => `${good.slice(0, -1)}${spelledAnew(good)}`],
    ['a comma between two', (good) => `${good},${good}`],
  ])('CS-Session "id as input" %s is 401 without a call to the store', async (_what, value) => {
    const answer = await browser.get('/me', { cookie: `${NAME}=${value(secret)}` });
    expect(answer.status).toBe(401);
    expect(answer.setCookies).toEqual([]);
    expect([fixture.calls, fixture.ran]).toEqual([[], []]);
    const open = await browser.get('/open', { cookie: `${NAME}=${value(secret)}` });
    expect([open.status, fixture.calls]).toEqual([200, []]);
  });

  it('CS-Session "id as input" an empty value, and a name without one, are not a session', async () => {
    for (const cookie of [`${NAME}=`, NAME, `${NAME}; x=1`, '=', ';;;']) {
      const answer = await browser.get('/me', { cookie });
      expect([cookie, outcome(answer)]).toEqual([cookie, { status: 401, code: 'TOKEN_MISSING' }]);
    }
    expect(fixture.calls).toEqual([]);
  });

  it.each(['__host-session', '__HOST-SESSION', 'session', '__Host-Session', '__Secure-session'])(
    '6265bis a cookie named %s is ignored',
    async (name) => {
      const answer = await browser.get('/me', { cookie: `${name}=${secret}` });
      expect(outcome(answer)).toEqual({ status: 401, code: 'TOKEN_MISSING' });
      expect(fixture.calls).toEqual([]);
    },
  );

  it('6265bis a cookie whose name differs only by U+00A0 is ignored', async () => {
    // Node writes header text as Latin-1, so this is the one byte A0.
    const headers = ['cookie', `\u00A0${NAME}=${secret}`];
    const answer = await sendRaw(fixture.url, { path: '/me', headers });
    expect(outcome(answer)).toEqual({ status: 401, code: 'TOKEN_MISSING' });
  });

  it('CS-Session "multiple cookies" two with one name are 401, with any values', async () => {
    const other = await (await fixture.loggedIn()).cookie(NAME);
    fixture.calls.length = 0;
    fixture.ran.length = 0;
    for (const second of [secret, other, 'junk', '']) {
      for (const cookie of [
        `${NAME}=${secret}; ${NAME}=${second}`,
        `${NAME}=${second}; ${NAME}=${secret}`,
      ]) {
        expect(outcome(await browser.get('/me', { cookie }))).toEqual(INVALID);
      }
    }
    const headers = ['cookie', `${NAME}=${secret}`, 'cookie', `${NAME}=${other}`];
    expect(outcome(await sendRaw(fixture.url, { path: '/me', headers }))).toEqual(INVALID);
    expect([fixture.calls, fixture.ran]).toEqual([[], []]);
  });

  it('CS-Session "multiple cookies" a logout with two of one name clears both in the browser', async () => {
    const visitor = fixture.browser();
    const csrf = await visitor.csrfToken();
    const binding = `__Host-csrf=${await visitor.cookie('__Host-csrf')}`;
    const cookie = `${NAME}=${secret}; ${NAME}=x; ${binding}`;
    const { status, setCookies } = await visitor.post('/auth/logout', { csrf, cookie });
    expect(status).toBe(200);
    expect(setCookies.every((one) => one.includes('=; Max-Age=0;'))).toBe(true);
    const cleared = new Set(setCookies.map((one) => one.split('=')[0]));
    expect([...cleared].toSorted()).toEqual(['__Host-csrf', '__Host-session']);
  });

  it('14.2.1 a secret is accepted only in its cookie', async () => {
    const handle = (await fixture.sessions.list('ada'))[0]!.handle;
    const empty = { cookie: '' };
    const answers = [
      await browser.get(`/me?${NAME}=${secret}&session=${secret}`, empty),
      await browser.get('/me', { ...empty, headers: { 'x-session': secret, [NAME]: secret } }),
      await browser.get('/me', { ...empty, token: secret }),
      await browser.get('/me', { cookie: `${ACCESS}=${secret}` }),
      await browser.get('/me', { cookie: `${NAME}=${handle}` }),
      await browser.get(`/me;${NAME}=${secret}`, empty),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 404]);
    expect(fixture.ran).toEqual([]);
  });
});

describe.each(ADAPTERS)('%s: several credentials in one request', (adapter) => {
  const fixture = useBrowserApp({ adapter, store: 'memory' });
  const tokenOf = async (userId: string): Promise<string> => {
    const { tokens } = await fixture.sessions.create({ transport: 'bearer', userId });
    return tokens.accessToken;
  };

  it('a bearer token takes precedence over a cookie, also of the same user', async () => {
    const token = await tokenOf('ada');
    const own = await (await fixture.loggedIn({ userId: 'ada' })).cookie(NAME);
    for (const cookie of [`${NAME}=junk`, `${NAME}=`, `${NAME}=${own}`, `${ACCESS}=junk`]) {
      const { status, body } = await fixture.browser().get('/me', { token, cookie });
      expect([cookie, status]).toEqual([cookie, 200]);
      expect(body).toMatchObject({ user: { id: 'ada' } });
    }
  });

  it('credentials of two users are 401', async () => {
    const bob = await fixture.loggedIn({ userId: 'bob' });
    const eve = await fixture.loggedIn({ userId: 'eve', transport: 'bearer-cookie' });
    const [secret, access] = [await bob.cookie(NAME), await eve.cookie(ACCESS)];
    const token = await tokenOf('ada');
    for (const sent of [
      { token, cookie: `${NAME}=${secret}` },
      { token, cookie: `${ACCESS}=${access}` },
      { cookie: `${ACCESS}=${access}; ${NAME}=${secret}` },
    ]) {
      expect(outcome(await fixture.browser().get('/me', sent))).toEqual(INVALID);
    }
  });

  it('a refused bearer token does not fall back to a cookie', async () => {
    const browser = await fixture.loggedIn();
    for (const token of ['junk', 'a.b.c', `${await tokenOf('ada')}x`]) {
      expect(outcome(await browser.get('/me', { token }))).toEqual(INVALID);
    }
    expect((await browser.get('/me', { headers: { authorization: 'Basic dTpw' } })).status).toBe(
      200,
    );
  });
});

describe.each(ADAPTERS)('%s: a cookie above the size limit of browsers', (adapter) => {
  const fixture = useBrowserApp({ adapter, store: 'memory' });

  it('3.3.5 is an error, and the answer sets no cookie', async () => {
    const browser = fixture.browser();
    const json = { transport: 'bearer-cookie', claims: { text: 'x'.repeat(3500) } };
    const { status, setCookies, text } = await browser.act('/login', { json });
    expect([status, setCookies]).toEqual([500, []]);
    expect(text).not.toContain('xxxx');
    // The same login works if no cookie contains the claims.
    await logIn(browser, { ...json, transport: 'cookie' });
    expect((await browser.get('/me')).status).toBe(200);
  });
});

/** Another last character for the same bytes: 256 bits leave two of its bits unused. */
function spelledAnew(secret: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(secret.at(-1) as string) + 1] as string;
}
