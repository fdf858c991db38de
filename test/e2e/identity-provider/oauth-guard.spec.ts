import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Query, Req, type Type, UseGuards } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import OAuth2Strategy from 'passport-oauth2';
import {
  Exchange,
  type HttpExchange,
  SessionConfigError,
  TransientState,
} from 'nestjs-session-kit';
import { OAuthGuard, OAuthStateStore } from 'nestjs-session-kit/passport';
import { Browser } from '../../support/browser-client.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';

const PROVIDER = {
  authorizationURL: 'https://provider.example/auth',
  tokenURL: 'https://provider.example/token',
  clientID: 'app',
  clientSecret: 'not used here',
};
const CALLBACK_URL = 'https://app.example/login/callback';

type Settings = Pick<OAuth2Strategy.StrategyOptions, 'callbackURL' | 'state' | 'store'>;

function strategyOf(name: string, settings: (states: TransientState) => Settings): Type {
  @Injectable()
  class Strategy extends PassportStrategy(OAuth2Strategy, name) {
    constructor(states: TransientState) {
      super({ ...PROVIDER, ...settings(states) });
    }

    validate(): object {
      return {};
    }
  }
  return Strategy;
}

function controllerOf(guard: ReturnType<typeof AuthGuard> | Type): Type {
  @Controller('login')
  class LoginController {
    @Get()
    @UseGuards(guard)
    login(): void {}
  }
  return LoginController;
}

/** Calls the store as passport-oauth2 does. */
@Controller('store')
class StoreController {
  readonly #store: {
    store(request: object, verifier: unknown, state: unknown, meta: object, done: Done): void;
    verify(request: object, state: string, meta: object, done: Done): void;
  };

  constructor(states: TransientState) {
    this.#store = new OAuthStateStore(states, 'plain');
  }

  @Get('begin')
  begin(@Req() request: object, @Exchange() _http: HttpExchange): Promise<unknown[]> {
    return new Promise((resolve) => {
      this.#store.store(request, undefined, { kept: true }, {}, (...result) => resolve(result));
    });
  }

  @Get('end')
  end(
    @Req() request: object,
    @Exchange() _http: HttpExchange,
    @Query('state') state: string,
  ): Promise<unknown[]> {
    return new Promise((resolve) => {
      this.#store.verify(request, state, {}, (...result) => resolve(result));
    });
  }
}

type Done = (...result: unknown[]) => void;

describe.each(ADAPTERS)('%s: OAuthGuard', (adapter) => {
  let app: TestApp | undefined;

  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  async function start(guard: Type, ...providers: Type[]): Promise<TestApp> {
    app = await startApp({
      adapter,
      controllers: [controllerOf(guard), StoreController],
      providers,
    });
    return app;
  }

  it('is one class for each name of a strategy', () => {
    expect(OAuthGuard('one')).toBe(OAuthGuard('one'));
    expect(OAuthGuard('one')).not.toBe(OAuthGuard('two'));
  });

  it.each<[name: string, settings: Settings | undefined, message: string]>([
    ['unknown', undefined, 'has no strategy; add a strategy with this name to the providers'],
    ['stateless', { callbackURL: CALLBACK_URL }, 'store: new OAuthStateStore(states, '],
    ['express-session', { callbackURL: CALLBACK_URL, state: true }, 'store: new OAuthStateStore('],
  ])('stops the start for a strategy "%s" without the store', async (name, settings, message) => {
    const strategies = settings ? [strategyOf(name, () => settings)] : [];
    const starting = start(OAuthGuard(name), ...strategies);
    await expect(starting).rejects.toThrow(SessionConfigError);
    await expect(starting).rejects.toThrow(`OAuthGuard('${name}')`);
    await expect(starting).rejects.toThrow(message);
  });

  it.each(['/login/callback', 'login/callback', '', undefined])(
    'stops the start for the callback URL %j, which is not absolute',
    async (callbackURL) => {
      const strategy = strategyOf('relative', (states) => ({
        store: new OAuthStateStore(states, 'relative'),
        ...(callbackURL !== undefined && { callbackURL }),
      }));
      const starting = start(OAuthGuard('relative'), strategy);
      await expect(starting).rejects.toThrow('needs a strategy with an absolute callbackURL');
    },
  );

  const good = (name: string): Type =>
    strategyOf(name, (states) => ({
      store: new OAuthStateStore(states, name),
      callbackURL: CALLBACK_URL,
    }));

  it('redirects to the provider with the state and the headers of the app', async () => {
    const { url } = await start(OAuthGuard('good'), good('good'));
    const { status, headers, setCookies } = await new Browser(url).get('/login');
    expect(status).toBe(302);
    const location = new URL(headers.get('location') ?? '');
    expect(location.origin + location.pathname).toBe(PROVIDER.authorizationURL);
    expect(location.searchParams.get('state')).toMatch(/^[\w-]{22}$/);
    expect(location.searchParams.get('redirect_uri')).toBe(CALLBACK_URL);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(setCookies).toEqual([expect.stringMatching(/^__Host-state-.*; Max-Age=600; /)]);
  });

  it('refuses AuthGuard in its place, which would lose the cookie', async () => {
    const { url } = await start(AuthGuard('good'), good('good'));
    const { status, headers, setCookies } = await new Browser(url).get('/login');
    expect([status, headers.get('location'), setCookies]).toEqual([500, null, []]);
  });

  it('keeps the state of the app, also without a code verifier', async () => {
    const { url } = await start(OAuthGuard('good'), good('good'));
    const browser = new Browser(url);
    const { body } = await browser.get<[null, string]>('/store/begin');
    const ended = await browser.get(`/store/end?state=${body[1]}`);
    expect(ended.body).toEqual([null, true, { kept: true }]);
    const again = await browser.get<[object]>(`/store/end?state=${body[1]}`);
    expect(again.body[0]).toMatchObject({ code: 'STATE_INVALID' });
  });
});
