import { describe, expect, it } from '@jest/globals';
import { SessionEvents, SessionService } from 'nestjs-session-kit';
import { BrowserAppController } from '../../support/apps/browser-app.controller.js';
import { Browser, type BrowserSent, FOREIGN_PAGE } from '../../support/browser-client.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { handedOut } from '../../support/credentials.js';
import { eventually } from '../../support/eventually.js';
import { captureOutput } from '../../support/capture-output.js';
import { startOwnRedis } from '../../support/redis/redis-server.js';
import { ADAPTERS, SECRET, startApp, type TestApp } from '../../support/test-app.js';
import { ecPair, privatePem } from '../../support/key-pairs.js';

const LIMIT = 100;

/** Sends every kind of request that sessions of this transport allow; returns the statuses. */
async function exerciseSessions(app: TestApp, transport: string): Promise<number[]> {
  const browser = new Browser(app.url);
  const login = async () => {
    const { body } = await browser.act('/login', { json: { userId: transport, transport } });
    return { token: body['accessToken'], refreshToken: body['refreshToken'] } as {
      token?: string;
      refreshToken?: string;
    };
  };
  const first = await login();
  const bearer = (token = first.token): BrowserSent => (token === undefined ? {} : { token });
  const refresh = (refreshToken = first.refreshToken) =>
    refreshToken === undefined
      ? browser.act('/auth/refresh')
      : browser.post('/auth/refresh', { json: { refreshToken } });
  const answers = [
    await browser.get('/me', bearer()),
    await browser.post('/orders', { from: FOREIGN_PAGE, csrf: 'A'.repeat(86) }),
    await browser.act('/orders', bearer()),
    await browser.get('/me', { token: `${first.token ?? 'x.y.z'}x` }),
    await browser.get('/me', { cookie: `__Host-session=${'B'.repeat(47)}` }),
    await refresh(),
  ];
  const stolen = await browser.jar.getCookieString('https://app.example/auth/refresh');
  if (transport !== 'cookie') {
    answers.push(await refresh());
    app.clock.advance(31_000);
    answers.push(
      await (first.refreshToken === undefined
        ? browser.act('/auth/refresh', { cookie: stolen })
        : refresh()),
    );
  }
  const second = await login();
  const confirmed = await browser.act<{ tokens?: { accessToken: string } }>(
    '/confirm',
    bearer(second.token),
  );
  answers.push(await browser.post('/auth/logout', bearer(confirmed.body.tokens?.accessToken)));
  answers.push(await browser.act('/auth/logout'));
  const third = await login();
  answers.push(await browser.act('/auth/logout-all', bearer(third.token)));
  await login();
  return answers.map(({ status }) => status);
}

describe.each(ADAPTERS)('log lines and events on %s', (adapter) => {
  it('16.2.5 contain no secret of any transport, and identify sessions by their handles', async () => {
    const logger = new CollectingLogger();
    const output = captureOutput();
    const redis = await startOwnRedis();
    const pem = privatePem(ecPair());
    const app = await startApp({
      adapter,
      controllers: [BrowserAppController],
      configure: (nest) => nest.useLogger(logger),
      options: {
        redis: redis.connection,
        globalGuards: true,
        rateLimit: { limit: LIMIT },
        tokens: { keys: [{ algorithm: 'ES256', privateKey: pem }] },
      },
    });
    app.get(SessionEvents).on(() => {
      throw new Error('a listener of the application failed');
    });

    const statuses: number[][] = [];
    for (const transport of ['bearer', 'cookie', 'bearer-cookie']) {
      statuses.push(await exerciseSessions(app, transport));
    }
    const sessions = app.get(SessionService);
    const { session } = await sessions.create({ transport: 'cookie', userId: 'service' });
    await sessions.regenerate(session.handle);
    const visitor = new Browser(app.url);
    for (let i = 0; i <= LIMIT; i++) await visitor.get('/auth/csrf-token');
    await redis.kill();
    const lost = await eventually(
      () => sessions.list('service').then(String, (error: { code: string }) => error.code),
      (code) => code === 'STORE_UNAVAILABLE',
    );
    await app.close();
    await redis.stop();
    output.stop();

    expect(statuses.flat()).toEqual(expect.arrayContaining([200, 401, 403]));
    expect(lost).toBe('STORE_UNAVAILABLE');
    const { events } = output;
    const text = output.text();

    // Silence proves nothing, so each of these must have written its lines.
    const types = new Set(events.map(({ type }) => type));
    expect([...types]).toEqual(
      expect.arrayContaining([
        'session.created',
        'session.refreshed',
        'session.replayed',
        'session.reused',
        'session.regenerated',
        'session.revoked',
        'csrf.rejected',
        'rate-limit.exceeded',
        'store.unavailable',
      ]),
    );
    expect(text).toContain('Redis does not persist its data');
    expect(text).toContain('a listener failed on session.created');
    const handles = events.flatMap(({ handle }) => handle ?? []);
    expect(handles.length).toBeGreaterThan(20);
    for (const handle of handles) expect(logger.text).toContain(handle);

    const keyLines = pem.split('\n').filter((line) => line.length >= 20 && !line.includes('-----'));
    handedOut.add(SECRET, ...keyLines);
    expect(handedOut.count).toBeGreaterThan(40);
    expect(handedOut.foundIn(text)).toEqual([]);
  });
});
