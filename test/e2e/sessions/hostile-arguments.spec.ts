import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, HttpCode, HttpException, Post } from '@nestjs/common';
import {
  CsrfService,
  Exchange,
  type HttpExchange,
  HttpExchangeFactory,
  SessionError,
  SessionEvents,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { circular, HOSTILE_VALUES } from '../../support/hostile-values.js';
import { startApp, type TestApp } from '../../support/test-app.js';

/** Runs a function with the exchange of a request, and hands a request body to the services. */
@Controller()
class HostileController {
  run: (http: HttpExchange) => Promise<unknown> = async () => undefined;

  @Post('run')
  @HttpCode(200)
  runWith(@Exchange() http: HttpExchange): Promise<unknown> {
    return this.run(http);
  }

  @Post('login')
  login(@Exchange() http: HttpExchange, @Body() body: never): Promise<unknown> {
    return sessions.login(http, body);
  }

  @Post('create')
  create(@Body() body: never): Promise<unknown> {
    return sessions.create(body);
  }
}

let app: TestApp;
let sessions: SessionService;
let tokens: TokenService;
let csrf: CsrfService;
let handle: string;
let secret: string;

beforeAll(async () => {
  app = await startApp({ controllers: [HostileController] });
  sessions = app.get(SessionService);
  tokens = app.get(TokenService);
  csrf = app.get(CsrfService);
  ({
    session: { handle },
    secret,
  } = await sessions.create({ transport: 'cookie', userId: 'ada' }));
});

afterAll(() => app.close());

/** Messages of V8 for a value that the code does not handle. */
const RAW =
  /Cannot |is not |of undefined|serialize|circular|Maximum call stack|Invalid |option \w+ is/;

/** Calls of each method with the value as one argument. */
const CALLS: [what: string, call: (value: never) => unknown][] = [
  ['create', (input) => sessions.create(input)],
  ['create, transport', (transport) => sessions.create({ transport, userId: 'bob' })],
  ['create, userId', (userId) => sessions.create({ transport: 'cookie', userId })],
  ['create, claims', (claims) => sessions.create({ transport: 'cookie', userId: 'bob', claims })],
  ['create, data', (data) => sessions.create({ transport: 'cookie', userId: 'bob', data })],
  [
    'create, device.label',
    (label) => sessions.create({ transport: 'cookie', userId: 'bob', device: { label } }),
  ],
  ['resolve', (secret) => sessions.resolve(secret)],
  ['find', (value) => sessions.find(value)],
  ['update, handle', (value) => sessions.update(value, {})],
  ['update, fields', (change) => sessions.update(handle, change)],
  ['update, a function', (value) => sessions.update(handle, () => value)],
  ['updateClaims, userId', (userId) => sessions.updateClaims(userId, {})],
  ['updateClaims, claims', (claims) => sessions.updateClaims('ada', claims)],
  ['regenerate', (value) => sessions.regenerate(value)],
  ['list', (userId) => sessions.list(userId)],
  ['revoke', (value) => sessions.revoke(value)],
  ['revokeOthers, userId', (userId) => sessions.revokeOthers(userId, handle)],
  ['revokeOthers, keepHandle', (keep) => sessions.revokeOthers('carol', keep)],
  ['revokeUser', (userId) => sessions.revokeUser(userId)],
  ['verifyAccess', (token) => tokens.verifyAccess(token)],
  ['verifyRefresh', (token) => tokens.verifyRefresh(token)],
  ['refresh', (token) => tokens.refresh(token)],
  ['revoke a token', (token) => tokens.revoke(token)],
  ['issue', (session) => tokens.issue(session)],
  ['issue, handle', (value) => tokens.issue({ handle: value } as never)],
  ['on', (listener) => app.get(SessionEvents).on(listener)()],
  ['of', (context) => app.get(HttpExchangeFactory).of(context)],
  ['login, http', (http) => sessions.login(http, { transport: 'bearer', userId: 'bob' })],
  ['logout, http', (http) => sessions.logout(http)],
  ['confirm, http', (http) => sessions.confirm(http)],
  ['loginFailed, http', (http) => sessions.loginFailed(http, 'wrong-password')],
  ['identify, http', (http) => sessions.identify(http)],
  ['sessionOf, http', (http) => sessions.sessionOf(http)],
  ['setCredential, http', (http) => sessions.setCredential(http, { transport: 'cookie', secret })],
  ['CsrfService.issue, http', (http) => csrf.issue(http)],
  ['CsrfService.verify, http', (http) => csrf.verify(http)],
];

/** As `CALLS`, of methods that take the exchange of a request. */
const HTTP_CALLS: [what: string, call: (http: HttpExchange, value: never) => unknown][] = [
  ['login', (http, input) => sessions.login(http, input)],
  ['login, transport', (http, transport) => sessions.login(http, { transport, userId: 'bob' })],
  [
    'login, persistent',
    (http, persistent) => sessions.login(http, { transport: 'bearer', userId: 'bob', persistent }),
  ],
  ['login, userId', (http, userId) => sessions.login(http, { transport: 'bearer', userId })],
  [
    'login, device',
    (http, device) => sessions.login(http, { transport: 'bearer', userId: 'bob', device }),
  ],
  ['loginFailed, reason', (http, reason) => sessions.loginFailed(http, reason)],
  ['setCredential', (http, credential) => sessions.setCredential(http, credential)],
  [
    'setCredential, transport',
    (http, transport) => sessions.setCredential(http, { transport, secret }),
  ],
  [
    'setCredential, secret',
    (http, value) => sessions.setCredential(http, { transport: 'cookie', secret: value }),
  ],
  [
    'setCredential, tokens',
    (http, pair) => sessions.setCredential(http, { transport: 'bearer-cookie', tokens: pair }),
  ],
  [
    'setCredential, accessToken',
    (http, accessToken) =>
      sessions.setCredential(http, {
        transport: 'bearer-cookie',
        tokens: { accessToken, refreshToken: 'token' } as never,
      }),
  ],
  [
    'setCredential, persistForMs',
    (http, persistForMs) =>
      sessions.setCredential(http, { transport: 'cookie', secret }, persistForMs),
  ],
];

/** Returns undefined if the call returns or throws a descriptive error, else the error. */
async function rawError(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof SessionError || error instanceof HttpException) return undefined;
    const said = String(error);
    // Errors thrown by functions of the application pass through.
    if (said === 'Error: hostile') return undefined;
    return error instanceof TypeError && !RAW.test(said) ? undefined : said;
  }
}

/** The raw errors of a call with each of the values. */
async function rawErrors(call: (value: never) => unknown): Promise<string[]> {
  const raw: string[] = [];
  for (const [name, value] of [...HOSTILE_VALUES, ['undefined', undefined] as const]) {
    const said = await rawError(() => call(value as never));
    if (said !== undefined) raw.push(`${name}: ${said}`);
  }
  return raw;
}

describe('the services', () => {
  it.each(CALLS)('handle invalid arguments without a raw error (%s)', async (_what, call) => {
    expect(await rawErrors(call)).toEqual([]);
  });

  it.each(HTTP_CALLS)(
    'handle invalid arguments in a request without a raw error (%s)',
    async (_what, call) => {
      app.get(HostileController).run = (http) => rawErrors((value) => call(http, value));
      const { status, body } = await send(`${app.url}/run`, { method: 'POST' });
      expect([status, body]).toEqual([200, []]);
    },
  );

  describe.each(['login', 'create'])('%s', (route) => {
    it.each<[what: string, transport: unknown]>([
      ['none', undefined],
      ['null', null],
      ['an empty one', ''],
      ['another case', 'Bearer'],
      ['a misspelt one', 'cookies'],
      ['a name of Object.prototype', 'constructor'],
      ['a list', ['bearer']],
      ['markup', '<b>bearer</b>'],
    ])('opens no session for a transport from a request body: %s', async (_what, transport) => {
      const json = { transport, userId: 'mallory' };
      const { status } = await send(`${app.url}/${route}`, { method: 'POST', json });
      expect(status).toBe(500);
      await expect(sessions.create(json as never)).rejects.toThrow(
        new TypeError('transport must be bearer or cookie'),
      );
      expect(await sessions.list('mallory')).toEqual([]);
    });
  });

  it('create opens no session in cookies that only a request can set', async () => {
    const input = { transport: 'bearer-cookie', userId: 'mallory' } as never;
    await expect(sessions.create(input)).rejects.toThrow('transport must be bearer or cookie');
    expect(await sessions.list('mallory')).toEqual([]);
  });

  it('setCredential sets no cookies for a bearer session', async () => {
    const credential = await sessions.create({ transport: 'bearer', userId: 'bob' });
    app.get(HostileController).run = async (http) =>
      sessions.setCredential(http, credential as never);
    const { status, headers } = await send(`${app.url}/run`, { method: 'POST' });
    expect([status, headers.getSetCookie()]).toEqual([500, []]);
  });

  it('name an argument that is missing', async () => {
    const none = undefined as never;
    await expect(sessions.create(none)).rejects.toThrow('input must be an object');
    await expect(tokens.issue(none)).rejects.toThrow('session must be an object');
    await expect(sessions.login(none, none)).rejects.toThrow('http must be the HttpExchange');
    await expect(sessions.revokeOthers('bob', none)).rejects.toThrow('keepHandle must be');
    expect(() => csrf.issue(none)).toThrow('http must be the HttpExchange');
    expect(() => app.get(SessionEvents).on(none)).toThrow('listener must be a function');
    expect(() => app.get(HttpExchangeFactory).of(none)).toThrow('context must be');
  });

  it('report an ended session for a handle that none can have', async () => {
    await expect(tokens.issue({ handle: 5 } as never)).rejects.toMatchObject({
      code: 'SESSION_ENDED',
    });
  });

  it.each([
    ['a BigInt', { count: 10n }],
    ['a cycle', circular],
  ])('refuse an update with %s with 400', async (_what, change) => {
    await expect(sessions.update(handle, change as never)).rejects.toMatchObject({ status: 400 });
  });
});
