import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionModuleOptions, TokenPair } from 'nestjs-session-kit';
import { BrowserAppController } from '../../support/apps/browser-app.controller.js';
import { Browser } from '../../support/browser-client.js';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { SECRET } from '../../support/test-app.js';
import { type Fleet, startFleet } from './fleet.js';
import { signingKey } from '../../support/key-pairs.js';

const CLIENTS = 50;
const MAX_ATTEMPTS = 100;
const PAUSE_MS = 100;
/** Far more than a rotation needs; ends a test that hangs. */
const MAX_ROUNDS = 500;

const NEXT_SECRET = randomBytes(32);
const [OLD_KEY, NEXT_KEY] = [signingKey('RS256'), signingKey('RS256')];
const INACTIVE = { active: false } as const;
const KEYS_IN_STEPS = [
  [OLD_KEY],
  [OLD_KEY, { ...NEXT_KEY, ...INACTIVE }],
  [NEXT_KEY, { ...OLD_KEY, ...INACTIVE }],
  [NEXT_KEY],
].map((keys) => ({ keys }));

/** The options of the successive deployments. */
const ROTATIONS: [string, Partial<SessionModuleOptions>[]][] = [
  [
    'the secret',
    [SECRET, [SECRET, NEXT_SECRET], [NEXT_SECRET, SECRET], NEXT_SECRET].map((secret) => ({
      secret,
    })),
  ],
  ['a key pair beside a secret', KEYS_IN_STEPS.map((tokens) => ({ secret: SECRET, tokens }))],
  ['a key pair without a secret', KEYS_IN_STEPS.map((tokens) => ({ secret: undefined, tokens }))],
];

/** Sends the repeated requests of a client; returns the answers other than 200. */
type Round = () => Promise<string[]>;

function refusals(answers: readonly { status: number; text: string }[]): string[] {
  return answers
    .filter(({ status }) => status !== 200)
    .map(({ status, text }) => `${status} ${text}`);
}

/** A login without a credential needs the CSRF token of a browser, whatever its transport. */
function logInForTokens(url: string, userId: string) {
  return new Browser(url).act<TokenPair>('/login', { json: { userId, transport: 'bearer' } });
}

/** Retries on 503, as a client should: a node under load may answer it, and it refuses nothing. */
async function retrying<T extends { readonly status: number }>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask();
    if (answer.status !== 503 || attempt === MAX_ATTEMPTS) return answer;
    await pause(PAUSE_MS);
  }
}

/** A mobile application that sends requests with its access token and refreshes. */
async function bearerClient(url: string, userId: string): Promise<Round> {
  const login = await retrying(() => logInForTokens(url, userId));
  let pair = login.body;
  return async () => {
    const called = await retrying(() => send(`${url}/name`, { token: pair.accessToken }));
    const { refreshToken } = pair;
    const refresh = { method: 'POST', json: { refreshToken } };
    const refreshed = await retrying(() => send<TokenPair>(`${url}/auth/refresh`, refresh));
    const again = await retrying(() => send(`${url}/name`, { token: pair.accessToken }));
    if (refreshed.status === 200) pair = refreshed.body;
    return refusals([login, called, refreshed, again]);
  };
}

/** A page in a browser that sends requests with the CSRF token from the previous round. */
async function browserClient(url: string, userId: string): Promise<Round> {
  const browser = new Browser(url);
  const credentials = { userId, transport: 'bearer-cookie' };
  const login = await retrying(() => browser.act('/login', { json: credentials }));
  let csrf = await browser.csrfToken();
  return async () => {
    const ordered = await retrying(() => browser.post('/orders', { csrf }));
    const refreshed = await retrying(() => browser.post('/auth/refresh', { csrf }));
    csrf = await browser.csrfToken();
    return refusals([login, ordered, refreshed]);
  };
}

describe.each(ROTATIONS)(`rotation of %s under ${CLIENTS} active clients`, (_what, steps) => {
  let redis: TestRedis;
  let fleet: Fleet;

  beforeAll(async () => {
    redis = await startRedis();
    const options = { globalGuards: true, rateLimit: false } as const;
    fleet = await startFleet(redis.connection, [BrowserAppController], options);
    await fleet.deploy(steps[0]!);
  });

  afterAll(async () => {
    await fleet?.close();
    await redis?.stop();
  });

  it('11.2.2 does not refuse a request, a refresh or a CSRF token', async () => {
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, (_, i) =>
        (i % 2 ? bearerClient : browserClient)(fleet.url, `u${i}`),
      ),
    );
    const rounds = clients.map(() => 0);
    const failures: string[] = [];
    const stop = new AbortController();
    const working = clients.map(async (round, i) => {
      while (!stop.signal.aborted && rounds[i]! < MAX_ROUNDS) {
        failures.push(...(await round()));
        rounds[i]!++;
      }
    });
    // A whole round of every client replaces its old credentials, as the documented wait does in production.
    const wholeRound = async (): Promise<void> => {
      const goals = rounds.map((done) => done + 2);
      await eventually(() => rounds.every((done, i) => done >= goals[i]!), Boolean, 60_000);
    };
    try {
      await wholeRound();
      for (const step of steps.slice(1)) {
        await fleet.deploy(step);
        await wholeRound();
      }
    } finally {
      stop.abort();
      await Promise.all(working);
    }
    expect(failures.slice(0, 5)).toEqual([]);
    expect(Math.min(...rounds)).toBeGreaterThanOrEqual(2 * steps.length);
    expect(Math.max(...rounds)).toBeLessThan(MAX_ROUNDS);
  }, 300_000);

  it('refuses a token from before the rotation with 401', async () => {
    const before = await startFleet(redis.connection, [BrowserAppController], {
      globalGuards: true,
    });
    await before.deploy(steps[0]!);
    const { body } = await logInForTokens(before.url, 'u');
    expect((await send(`${before.url}/name`, { token: body.accessToken })).status).toBe(200);
    await before.deploy(steps.at(-1)!);
    const { status, body: answer } = await send(`${before.url}/name`, { token: body.accessToken });
    expect({ status, ...answer }).toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
    await before.close();
  });
});
