import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import { SessionError, SessionService, TokenService } from 'nestjs-session-kit';
import { circular, HOSTILE_VALUES } from '../../support/hostile-values.js';
import { startApp, type TestApp } from '../../support/test-app.js';

let app: TestApp;
let sessions: SessionService;
let tokens: TokenService;
let handle: string;

beforeAll(async () => {
  app = await startApp();
  sessions = app.get(SessionService);
  tokens = app.get(TokenService);
  ({
    session: { handle },
  } = await sessions.create({ transport: 'cookie', userId: 'ada' }));
});

afterAll(() => app.close());

/** Messages of V8 for a value that the code does not handle. */
const RAW = /Cannot |is not |of undefined|serialize|circular|Maximum call stack|Invalid /;

/** Calls of each method with the value as one argument. */
const CALLS: [what: string, call: (value: never) => Promise<unknown>][] = [
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
];

/** Returns undefined if the call returns or throws a descriptive error, else the error. */
async function rawError(work: () => Promise<unknown>): Promise<string | undefined> {
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

describe('the services', () => {
  it.each(CALLS)('handle invalid arguments without a raw error (%s)', async (_what, call) => {
    const raw: string[] = [];
    for (const [name, value] of [...HOSTILE_VALUES, ['undefined', undefined] as const]) {
      const said = await rawError(async () => call(value as never));
      if (said !== undefined) raw.push(`${name}: ${said}`);
    }
    expect(raw).toEqual([]);
  });

  it.each([
    ['a BigInt', { count: 10n }],
    ['a cycle', circular],
  ])('refuse an update with %s with 400', async (_what, change) => {
    await expect(sessions.update(handle, change as never)).rejects.toMatchObject({ status: 400 });
  });
});
