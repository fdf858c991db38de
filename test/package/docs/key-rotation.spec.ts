import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  memoryBackend,
  type SessionOptions,
  SessionService,
  type SigningKeyOptions,
  type TokenPair,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { ResolvedOptions } from '../../../lib/options/resolved-options.js';
import { BrowserAppController } from '../../support/apps/browser-app.controller.js';
import { signingKey } from '../../support/key-pairs.js';
import { Browser, type BrowserAnswer } from '../../support/browser-client.js';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { secretOf } from '../../support/secret-of.js';
import { type MatrixEntry, MATRIX } from '../../support/fixture.js';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { code, rows } from './documents.js';

type Options = SessionOptions;

/** A deployment from the table, and the wait after it. */
interface Step {
  readonly options: Options;
  readonly waits: string;
}

const SECRETS = { old: secretOf('old'), new: secretOf('new') };
const PAIRS = { old: signingKey('ES256'), new: signingKey('ES256') };

/** Returns the values that a cell such as `[new, { ...old, active: false }]` lists. */
function listed<T>(
  cell: string,
  values: { readonly old: T; readonly new: T },
  inactive: (value: T) => T,
): T[] {
  const items = cell.matchAll(/\{ \.\.\.(old|new), active: false \}|old|new/g);
  return [...items].map(([name, inactiveName]) =>
    inactiveName === undefined
      ? values[name as 'old' | 'new']
      : inactive(values[inactiveName as 'old' | 'new']),
  );
}

function steps(column: string, optionsOf: (cell: string) => Options): Step[] {
  const deployments = rows('deploy', column, 'then').map(([, cell = '', waits = '']) => ({
    options: optionsOf(cell),
    waits,
  }));
  return [{ options: optionsOf('[old]'), waits: '' }, ...deployments];
}

const keysOf = (cell: string): readonly SigningKeyOptions[] =>
  listed(cell, PAIRS, (pair) => ({ ...pair, active: false }));

const ROTATIONS: [string, Step[]][] = [
  ['the secret', steps('`secret`', (cell) => ({ secret: listed(cell, SECRETS, String) }))],
  [
    'a key pair beside a secret',
    steps('`tokens.keys`', (cell) => ({ secret: SECRETS.old, tokens: { keys: keysOf(cell) } })),
  ],
  [
    'a key pair without a secret',
    steps('`tokens.keys`', (cell) => ({ secret: undefined, tokens: { keys: keysOf(cell) } })),
  ],
];

const KINDS = [
  { transport: 'bearer', persistent: false },
  { transport: 'bearer-cookie', persistent: false },
  { transport: 'bearer-cookie', persistent: true },
  { transport: 'cookie', persistent: false },
  { transport: 'cookie', persistent: true },
] as const;
type Kind = (typeof KINDS)[number];

/** A client that handles each answer only as the errors table documents. */
interface Client {
  /** @returns 200, or the code that requires a new login */
  visit(url: string): Promise<unknown>;
}

const outcome = ({ status, body }: Pick<BrowserAnswer, 'status' | 'body'>): unknown =>
  status === 200 ? 200 : body['code'];

async function bearerClient(url: string): Promise<Client> {
  const { body } = await new Browser(url).act<TokenPair>('/login', {
    json: { transport: 'bearer' },
  });
  let pair = body;
  const call = async (at: string) => outcome(await send(`${at}/name`, { token: pair.accessToken }));
  return {
    visit: async (at) => {
      const answer = await call(at);
      if (answer !== 'TOKEN_EXPIRED') return answer;
      const { refreshToken } = pair;
      const refreshed = await send<TokenPair & Record<string, unknown>>(`${at}/auth/refresh`, {
        method: 'POST',
        json: { refreshToken },
      });
      if (refreshed.status !== 200) return outcome(refreshed);
      pair = refreshed.body;
      return call(at);
    },
  };
}

async function browserClient(url: string, login: Kind): Promise<Client> {
  const first = new Browser(url);
  expect((await first.act('/login', { json: login })).status).toBe(200);
  return {
    visit: async (at) => {
      const browser = first.at(at);
      const answer = outcome(await browser.get('/name'));
      if (answer !== 'TOKEN_EXPIRED') return answer;
      const refreshed = outcome(await browser.act('/auth/refresh'));
      return refreshed === 200 ? outcome(await browser.get('/name')) : refreshed;
    },
  };
}

/** Returns the idle timeout from the table, with the options of the application. */
function idleTimeoutMs(app: TestApp, { transport, persistent }: Kind): number {
  const named = persistent ? 'persistent: true' : transport;
  const row = rows('sessions', 'idle timeout').find(([sessions = '']) =>
    sessions.includes(`\`${named}\``),
  );
  return durationMs(app, code(row?.[1]));
}

function durationMs(app: TestApp, option: string): number {
  const names = option.replace('Seconds', 'Ms').split('.');
  const value = names.reduce<unknown>(
    (object, name) => (object as Record<string, unknown>)[name],
    app.get(ResolvedOptions),
  );
  expect([option, typeof value]).toEqual([option, 'number']);
  return value as number;
}

function waitMs(app: TestApp, waits: string, kind: Kind): number {
  if (waits.includes('longest idle timeout')) return idleTimeoutMs(app, kind);
  const option = /wait for `([^`]+)`/.exec(waits)?.[1];
  return option === undefined ? 0 : durationMs(app, option);
}

describe.each(ROTATIONS)('the documented rotation of %s', (_what, [first, ...rest]) => {
  const apps: TestApp[] = [];
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  afterAll(() => redis.stop());

  function deployments({ adapter, store }: MatrixEntry) {
    const clock = new FakeClock();
    const place =
      store === 'redis'
        ? { redis: redis.connection, keyPrefix: `sk-${randomUUID()}:` }
        : { store: memoryBackend({ clock, maxSessions: 100 }) };
    const deploy = async (options: Options): Promise<TestApp> => {
      const app = await startApp({
        adapter,
        clock,
        controllers: [BrowserAppController],
        options: { ...options, ...place, globalGuards: true, rateLimit: false },
      });
      apps.push(app);
      return app;
    };
    return { clock, deploy };
  }

  it.each(MATRIX.flatMap((entry) => KINDS.map((kind) => [kind, entry] as const)))(
    'keeps an idle client logged in: %j on %j',
    async (kind, entry) => {
      const { clock, deploy } = deployments(entry);
      const origin = await deploy(first!.options);
      const client =
        kind.transport === 'bearer'
          ? await bearerClient(origin.url)
          : await browserClient(origin.url, kind);
      // The client stays idle for almost the whole idle timeout after the new key begins to sign.
      const idleMs = idleTimeoutMs(origin, kind) - 60_000;
      const backAtMs = clock.nowMs() + idleMs;
      let returned = false;
      const returnClient = async (app: TestApp): Promise<void> => {
        returned = true;
        clock.advance(backAtMs - clock.nowMs());
        expect(await client.visit(app.url)).toBe(200);
        const sessions = app.get(SessionService);
        const lastSeenMs = async () => (await sessions.list('ada'))[0]?.lastSeenAt.getTime();
        await eventually(lastSeenMs, (ms) => ms === backAtMs);
      };
      let current = origin;
      for (const { options, waits } of rest) {
        current = await deploy(options);
        const untilMs = clock.nowMs() + waitMs(current, waits, kind);
        if (!returned && backAtMs <= untilMs) await returnClient(current);
        clock.advance(untilMs - clock.nowMs());
      }
      if (!returned) await returnClient(current);
      // A second visit uses the credentials from the first.
      clock.advance(backAtMs + idleMs - clock.nowMs());
      expect(await client.visit(current.url)).toBe(200);
    },
  );
});
