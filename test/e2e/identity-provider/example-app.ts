import { afterAll, beforeAll } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Clock } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../../examples/identity-provider.js';
import { Browser, type BrowserAnswer, SITE } from '../../support/browser-client.js';
import { IdentityProviderUser, type Return } from '../../support/identity-provider-user.js';
import { type Adapter, SECRET } from '../../support/test-app.js';

/** A running example with its identity provider. */
export interface ExampleApp {
  readonly url: string;
  readonly clock: FakeClock;
  readonly issuer: string;
}

/** Runs an example at `SITE`, behind a proxy that ends https, for the tests of the surrounding `describe`. */
export function useExample(adapter: Adapter, AppModule: Type): ExampleApp {
  const example = {} as { -readonly [Name in keyof ExampleApp]: ExampleApp[Name] };
  let provider: IdentityProvider | undefined;
  let close: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const callbacks = ['/login/callback', '/form-post-login/callback'];
    provider = await startIdentityProvider(
      0,
      callbacks.map((path) => SITE + path),
    );
    Object.assign(process.env, {
      SESSION_SECRET: SECRET,
      APP_URL: SITE,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
    });
    example.clock = new FakeClock();
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(Clock)
      .useValue(example.clock)
      .compile();
    const app =
      adapter === 'fastify'
        ? module.createNestApplication(new FastifyAdapter(), { logger: false })
        : module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    close = () => app.close();
    example.url = `http://127.0.0.1:${(app.getHttpServer().address() as { port: number }).port}`;
    example.issuer = provider.issuer;
  });

  afterAll(async () => {
    await close?.();
    await provider?.close();
  });

  return example;
}

/** A browser of a user who logs in to the example with the identity provider. */
export class LoginBrowser {
  readonly browser: Browser;
  readonly #user: IdentityProviderUser;

  /** @param name at the provider; undefined: cancels each login */
  constructor(
    private readonly example: ExampleApp,
    name: string | undefined,
  ) {
    this.browser = new Browser(example.url);
    this.#user = new IdentityProviderUser(name);
  }

  /** Opens the login of the app. Returns the address of the provider to which it leads. */
  async begin(path = '/login'): Promise<URL> {
    const { status, headers, text } = await this.browser.get(path);
    if (status !== 302) throw new Error(`${path} answered ${status}: ${text}`);
    return new URL(headers.get('location') ?? '');
  }

  /** Logs in at the provider. Returns how it sends the browser back. */
  answer(authorizationUrl: URL): Promise<Return> {
    return this.#user.answer(authorizationUrl.href);
  }

  /** Returns to the app, as a browser does that comes from another site. */
  comeBack(back: Return, cookie?: string): Promise<BrowserAnswer> {
    const sent = {
      from: { origin: this.example.issuer, site: 'cross-site' },
      ...(cookie !== undefined && { cookie }),
    } as const;
    const path = back.url.pathname + back.url.search;
    if (back.method === 'GET') return this.browser.get(path, sent);
    return this.browser.post(path, {
      ...sent,
      body: new URLSearchParams(back.fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  }

  /** A whole login. Returns the address that the app shows then. */
  async logIn(path?: string): Promise<string> {
    return locationOf(await this.comeBack(await this.answer(await this.begin(path))));
  }

  /** The name of the user who is logged in. */
  async loggedIn(): Promise<string | undefined> {
    const { text } = await this.browser.get('/');
    return /logged in as (\w+)/.exec(text)?.[1];
  }
}

/** The address to which the app redirects, without the origin of the app. */
export function locationOf({ status, headers, text }: BrowserAnswer): string {
  const location = headers.get('location');
  if (location === null) return `${status}: ${text}`;
  return new URL(location, SITE).href.replace(new RegExp(`^${SITE}(?=/)`), '');
}
