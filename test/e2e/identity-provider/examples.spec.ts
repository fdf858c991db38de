import { describe, expect, it } from '@jest/globals';
import { AppModule as OidcLogin } from '../../../examples/oidc-login/app.module.js';
import { AppModule as PassportLogin } from '../../../examples/passport-login/app.module.js';
import { ADAPTERS } from '../../support/test-app.js';
import { LoginBrowser, locationOf, useExample } from './example-app.js';

const EXAMPLES = ADAPTERS.flatMap((adapter) => [
  { adapter, example: 'oidc-login', AppModule: OidcLogin, failed: 'failed' },
  // Passport does not distinguish what the provider refused.
  { adapter, example: 'passport-login', AppModule: PassportLogin, failed: 'denied' },
]);

describe.each(EXAMPLES)('$example on $adapter', ({ adapter, AppModule, failed }) => {
  const example = useExample(adapter, AppModule);
  const ada = (): LoginBrowser => new LoginBrowser(example, 'ada');
  const EXPIRED = '/login-failed?reason=expired';
  const FAILED = `/login-failed?reason=${failed}`;

  it('logs the user in and shows the page that the user wanted', async () => {
    const one = ada();
    expect(await one.logIn('/login?returnTo=/orders?page=2%26open=1')).toBe(
      '/orders?page=2&open=1',
    );
    expect(await one.loggedIn()).toBe('ada');
    const names = (await one.browser.cookies()).map(({ key }) => key);
    expect(names).toEqual(['__Host-session']);
  });

  it.each([
    '',
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https://app.example.evil.example/',
    'https://app.example@evil.example/',
    'http://app.example/',
    'https://app.example:444/',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:https://app.example/1',
    `/${'x'.repeat(2000)}`,
    `/${'€'.repeat(300)}`,
  ])('shows the start page instead of %.40s', async (returnTo) => {
    const one = ada();
    const location = await one.logIn(`/login?returnTo=${encodeURIComponent(returnTo)}`);
    expect(location).toBe('/');
    expect(await one.loggedIn()).toBe('ada');
  });

  it('never redirects to a path that begins with two slashes', async () => {
    const { headers } = await (async () => {
      const one = ada();
      return one.comeBack(await one.answer(await one.begin('/login?returnTo=/.//evil.example')));
    })();
    expect(headers.get('location')).toBe('https://app.example//evil.example');
  });

  it('ignores two addresses to return to', async () => {
    expect(await ada().logIn('/login?returnTo=/a&returnTo=/b')).toBe('/');
  });

  it('sends a new state and a new challenge of PKCE with each login', async () => {
    const one = ada();
    const urls = [await one.begin(), await one.begin()];
    for (const name of ['state', 'code_challenge']) {
      const values = urls.map(({ searchParams }) => searchParams.get(name) ?? '');
      for (const value of values) expect(value.length).toBeGreaterThanOrEqual(22);
      expect(values[0]).not.toBe(values[1]);
    }
    for (const { searchParams } of urls) {
      expect(searchParams.get('code_challenge_method')).toBe('S256');
    }
  });

  it('refuses a code that belongs to another code verifier', async () => {
    const one = ada();
    const url = await one.begin();
    url.searchParams.set('code_challenge', 'A'.repeat(43));
    expect(locationOf(await one.comeBack(await one.answer(url)))).toBe(FAILED);
    expect(await one.loggedIn()).toBeUndefined();
  });

  it('refuses a code that an attacker obtained and injects into the login of a user', async () => {
    const [victim, attacker] = [ada(), new LoginBrowser(example, 'mallory')];
    const stolen = await attacker.answer(await attacker.begin());
    const mine = await victim.answer(await victim.begin());
    mine.url.searchParams.set('code', stolen.url.searchParams.get('code') ?? '');
    expect(locationOf(await victim.comeBack(mine))).toBe(FAILED);
    expect(await victim.loggedIn()).toBeUndefined();
  });

  it('logs in two tabs at once, each with its own page', async () => {
    const one = ada();
    const [first, second] = [
      await one.begin('/login?returnTo=/a'),
      await one.begin('/login?returnTo=/b'),
    ];
    const answers = [await one.answer(first), await one.answer(second)] as const;
    expect(locationOf(await one.comeBack(answers[1]))).toBe('/b');
    expect(locationOf(await one.comeBack(answers[0]))).toBe('/a');
    expect(await one.loggedIn()).toBe('ada');
  });

  it('refuses a callback that the back button repeats, and the user stays logged in', async () => {
    const one = ada();
    const back = await one.answer(await one.begin());
    expect(locationOf(await one.comeBack(back))).toBe('/');
    expect(locationOf(await one.comeBack(back))).toBe(EXPIRED);
    expect(await one.loggedIn()).toBe('ada');
  });

  it('refuses a callback that is replayed with the cookie of the first one', async () => {
    const one = ada();
    const back = await one.answer(await one.begin());
    const cookie = (await one.browser.cookies()).map((each) => each.cookieString()).join('; ');
    expect(locationOf(await one.comeBack(back, cookie))).toBe('/');
    const replayed = await one.comeBack(back, cookie);
    expect(locationOf(replayed)).toBe(EXPIRED);
    expect(replayed.setCookies.filter((each) => each.startsWith('__Host-session='))).toEqual([]);
  });

  it('refuses the state of another browser, so that no user is logged in as the attacker', async () => {
    const [victim, attacker] = [ada(), new LoginBrowser(example, 'mallory')];
    const back = await attacker.answer(await attacker.begin());
    expect(locationOf(await victim.comeBack(back))).toBe(EXPIRED);
    expect(await victim.loggedIn()).toBeUndefined();
    await victim.begin();
    expect(locationOf(await victim.comeBack(back))).toBe(EXPIRED);
    expect(await victim.loggedIn()).toBeUndefined();
  });

  it.each(['', '&state=', '&state=A', '&state=a&state=b', '&state[]=a'])(
    'refuses a callback with "%s" as its state',
    async (state) => {
      const one = ada();
      await one.begin();
      const { text, status, headers } = await one.browser.get(`/login/callback?code=x${state}`);
      expect({ status, text, location: headers.get('location') }).toMatchObject({ status: 302 });
      expect(headers.get('location')).toContain(EXPIRED);
    },
  );

  it('refuses a state that has expired', async () => {
    const one = ada();
    const [early, late] = [
      await one.answer(await one.begin()),
      await one.answer(await one.begin()),
    ];
    const cookie = (await one.browser.cookies()).map((each) => each.cookieString()).join('; ');
    example.clock.advance(599_000);
    expect(locationOf(await one.comeBack(early, cookie))).toBe('/');
    example.clock.advance(1000);
    expect(locationOf(await one.comeBack(late, cookie))).toBe(EXPIRED);
  });

  it('shows that the user refused the login at the provider', async () => {
    const one = new LoginBrowser(example, undefined);
    expect(await one.logIn()).toBe('/login-failed?reason=denied');
    expect(await one.loggedIn()).toBeUndefined();
    const { text } = await one.browser.get('/login-failed?reason=denied');
    expect(text).toContain('You did not allow the login');
  });
});

describe.each(ADAPTERS)('oidc-login on %s', (adapter) => {
  const example = useExample(adapter, OidcLogin);
  const ada = (): LoginBrowser => new LoginBrowser(example, 'ada');

  it('refuses an ID token with another nonce', async () => {
    const one = ada();
    const url = await one.begin();
    expect(url.searchParams.get('nonce')?.length).toBeGreaterThanOrEqual(22);
    url.searchParams.set('nonce', 'the nonce of another login');
    expect(locationOf(await one.comeBack(await one.answer(url)))).toBe(
      '/login-failed?reason=failed',
    );
    expect(await one.loggedIn()).toBeUndefined();
  });

  describe('with a callback by form_post', () => {
    const PATH = '/form-post-login?returnTo=/orders';

    it('logs the user in with a form that a page of the provider posts', async () => {
      const one = ada();
      const back = await one.answer(await one.begin(PATH));
      expect(back.method).toBe('POST');
      expect(back.url.search).toBe('');
      const answer = await one.comeBack(back);
      expect([answer.status, locationOf(answer)]).toEqual([303, '/orders']);
      expect(await one.loggedIn()).toBe('ada');
      expect(locationOf(await one.comeBack(back))).toBe('/login-failed?reason=expired');
    });

    it('refuses the form in another browser', async () => {
      const [victim, attacker] = [ada(), new LoginBrowser(example, 'mallory')];
      const back = await attacker.answer(await attacker.begin(PATH));
      expect(locationOf(await victim.comeBack(back))).toBe('/login-failed?reason=expired');
      expect(await victim.loggedIn()).toBeUndefined();
    });

    it('shows that the user refused the login', async () => {
      const one = new LoginBrowser(example, undefined);
      expect(await one.logIn(PATH)).toBe('/login-failed?reason=denied');
    });
  });
});
