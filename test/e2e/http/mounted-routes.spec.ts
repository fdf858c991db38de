import { describe, expect, it } from '@jest/globals';
import { type INestApplication, VersioningType } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { SessionModule, type SessionModuleOptions } from 'nestjs-session-kit';
import { signingKey } from '../../support/key-pairs.js';
import { Browser } from '../../support/browser-client.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { send } from '../../support/http-client.js';
import { ADAPTERS, startApp, type TestAppSetup } from '../../support/test-app.js';
import { BrowserAppController } from '../../support/apps/browser-app.controller.js';

const REFRESH = '__Secure-session-refresh';
const KEYS = [signingKey('ES256')];

interface Case {
  readonly configure?: (app: INestApplication) => void;
  readonly imports?: TestAppSetup['imports'];
  readonly options?: Pick<SessionModuleOptions, 'cookie'>;
  /** The path of the login of the application. */
  readonly login: string;
  /** The path of the routes of the package. */
  readonly routes: string;
  readonly jwks: string;
  /** The path of the refresh cookie. */
  readonly cookiePath: string;
  /** The warning at start. */
  readonly warning?: string;
}

const PLAIN = { login: '/login', routes: '/auth', jwks: '/.well-known/jwks.json' };
const API = { login: '/api/login', routes: '/api/auth', jwks: '/api/.well-known/jwks.json' };

const ANY_TENANT =
  'POST refresh is mounted at /:tenant/auth/refresh, which no cookie path can express, so browsers send the refresh cookie to every path below /; set cookie.refreshPath';
const ANY_TENANT_OF_API =
  'POST refresh is mounted at /api/:tenant/auth/refresh, which no cookie path can express, so browsers send the refresh cookie to every path below /api; set cookie.refreshPath';

const CASES: [mounting: string, Case][] = [
  [
    'a global prefix',
    { ...API, configure: (app) => app.setGlobalPrefix('api'), cookiePath: '/api/auth' },
  ],
  [
    'a global prefix that excludes the routes of the package',
    {
      ...PLAIN,
      login: '/api/login',
      configure: (app) =>
        app.setGlobalPrefix('api', { exclude: ['auth/*path', '.well-known/*path'] }),
      cookiePath: '/auth',
    },
  ],
  [
    'RouterModule below a global prefix',
    {
      ...API,
      routes: '/api/account/auth',
      imports: [RouterModule.register([{ path: 'account', module: SessionModule }])],
      configure: (app) => app.setGlobalPrefix('api'),
      cookiePath: '/api/account/auth',
    },
  ],
  [
    'URI versioning with a default version',
    {
      ...PLAIN,
      login: '/v1/login',
      configure: (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
      cookiePath: '/auth',
    },
  ],
  [
    'URI versioning below a global prefix',
    {
      ...API,
      login: '/api/v2/login',
      configure: (app) => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', '2'] });
      },
      cookiePath: '/api/auth',
    },
  ],
  [
    'a global prefix with a parameter',
    {
      login: '/acme/login',
      routes: '/acme/auth',
      jwks: '/acme/.well-known/jwks.json',
      configure: (app) => app.setGlobalPrefix(':tenant'),
      cookiePath: '/',
      warning: ANY_TENANT,
    },
  ],
  [
    'a parameter after a fixed part',
    {
      login: '/api/acme/login',
      routes: '/api/acme/auth',
      jwks: '/api/acme/.well-known/jwks.json',
      configure: (app) => app.setGlobalPrefix('api/:tenant'),
      cookiePath: '/api',
      warning: ANY_TENANT_OF_API,
    },
  ],
  [
    'a parameter and an explicit cookie path',
    {
      login: '/acme/login',
      routes: '/acme/auth',
      jwks: '/acme/.well-known/jwks.json',
      configure: (app) => app.setGlobalPrefix(':tenant'),
      options: { cookie: { refreshPath: '/acme' } },
      cookiePath: '/acme',
    },
  ],
];

describe.each(ADAPTERS)('the routes of the package on %s', (adapter) => {
  it.each(CASES)('let a browser refresh and log out below %s', async (_, one) => {
    const { warnings, ...app } = await startCase(one);
    try {
      const browser = new Browser(app.url, one.routes);
      const opened = await browser.act(one.login, { json: { transport: 'bearer-cookie' } });
      const cookie = (await browser.cookies()).find(({ key }) => key === REFRESH);
      app.clock.advance(3_600_000);
      const refreshed = await browser.act(`${one.routes}/refresh`);
      const keys = await send(`${app.url}${one.jwks}`);
      const ended = await browser.act(`${one.routes}/logout`);
      expect([opened, refreshed, keys, ended].map(({ status }) => status)).toEqual(
        Array.from({ length: 4 }, () => 200),
      );
      expect(cookie?.path).toBe(one.cookiePath);
      expect(await browser.cookies()).toEqual([]);
      expect(warnings).toEqual([one.warning ?? []].flat());
    } finally {
      await app.close();
    }
  });

  it.each([
    ['header', { type: VersioningType.HEADER, header: 'x-api-version' }, { 'x-api-version': '2' }],
    ['media-type', { type: VersioningType.MEDIA_TYPE, key: 'v=' }, { accept: 'text/json;v=2' }],
    ['custom', { type: VersioningType.CUSTOM, extractor: () => '2' }, {}],
  ] as const)(
    'answer under %s versioning, with and without a version',
    async (_type, how, sent) => {
      const configure = (app: INestApplication): void => {
        app.enableVersioning({ ...how, defaultVersion: '1' });
      };
      const app = await startCase({ ...PLAIN, cookiePath: '/auth', configure });
      try {
        for (const headers of [{}, sent]) {
          const keys = await send(`${app.url}${PLAIN.jwks}`, { headers });
          const token = await send(`${app.url}/auth/csrf-token`, { headers });
          const logout = await send(`${app.url}/auth/logout`, { method: 'POST', headers });
          expect([keys, token, logout].map(({ status }) => status)).toEqual([200, 200, 200]);
        }
      } finally {
        await app.close();
      }
    },
  );

  async function startCase({ configure, imports = [], options }: Case) {
    const warnings: string[] = [];
    const logger = new CollectingLogger();
    logger.warn = (...parts: unknown[]) => void warnings.push(String(parts[0]));
    const app = await startApp({
      adapter,
      controllers: [BrowserAppController],
      imports,
      options: { globalGuards: true, tokens: { keys: KEYS }, ...options },
      configure: (nest) => {
        nest.useLogger(logger);
        configure?.(nest);
      },
    });
    return { ...app, warnings };
  }
});
