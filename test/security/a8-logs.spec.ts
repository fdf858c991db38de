import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SessionService, SessionStore, TokenService } from 'nestjs-session-kit';
import { CollectingLogger } from '../support/collecting-logger.js';
import { eventually } from '../support/eventually.js';
import { send } from '../support/http-client.js';
import { type OwnRedis, startOwnRedis } from '../support/redis/redis-server.js';
import { ADAPTERS, SECRET } from '../support/test-app.js';
import { claimsOf, Forge } from '../support/forge.js';
import { useAttackTargets } from '../support/apps/use-attack-target.js';
import { request, logIn, refresh } from '../support/apps/attack-target.controller.js';
import { secretIn } from '../support/session-credential.js';

/** All output to a logger or the console during a test. */
function captureOutput(logger: CollectingLogger): () => string {
  const written: unknown[] = [];
  const keep = (chunk: unknown): boolean => {
    written.push(chunk);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  for (const level of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    jest.spyOn(console, level).mockImplementation((...parts) => void written.push(...parts));
  }
  return () => [logger.text, ...written.map(String)].join('\n');
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(ADAPTERS)('the log on %s', (adapter) => {
  const start = useAttackTargets();
  let redis: OwnRedis;

  beforeAll(async () => {
    redis = await startOwnRedis();
  });

  afterAll(() => redis.stop());

  it('16.2.5 contains no token, no secret and no stored value, for the whole lifetime of sessions', async () => {
    const logger = new CollectingLogger();
    const output = captureOutput(logger);
    const target = await start({
      adapter,
      options: { redis: redis.connection },
      configure: (app) => app.useLogger(logger),
    });
    const sessions = target.get(SessionService);
    const tokens = target.get(TokenService);
    const credentials = new Set<string>([SECRET]);
    const note = <T extends object>(pair: T): T => {
      for (const value of Object.values(pair)) credentials.add(String(value));
      return pair;
    };
    const marker = 'a value that the app stores';

    const first = note(await logIn(target.url, 'u1', { email: marker }));
    await request(target, first.accessToken);
    await send(`${target.url}/target/data`, {
      method: 'PATCH',
      token: first.accessToken,
      json: { note: marker },
    });
    const second = note((await refresh(target.url, first.refreshToken)).tokens);
    await tokens.revoke(second.accessToken);
    await request(target, second.accessToken);
    const third = note((await refresh(target.url, second.refreshToken)).tokens);
    const forged = note({ a: new Forge().sign({ ...claimsOf(third.accessToken), exp: 'x' }) });
    const bad = [`${third.accessToken}x`, forged.a, third.refreshToken, 'garbage'];
    for (const token of bad) {
      await request(target, token);
      await refresh(target.url, token);
    }
    await send(`${target.url}/auth/logout`, { method: 'POST', token: `${third.accessToken}x` });

    await redis.kill();
    await request(target, third.accessToken);
    await refresh(target.url, third.refreshToken);
    await expect(
      sessions.create({ transport: 'cookie', userId: 'u1', data: { marker } as object }),
    ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await redis.start();
    await eventually(
      () =>
        target
          .get(SessionStore)
          .ping()
          .then(
            () => true,
            () => false,
          ),
      (isBack) => isBack,
    );

    const opened = await sessions.create({
      transport: 'cookie',
      userId: 'u2',
      data: { marker } as object,
    });
    const moved = await sessions.regenerate(opened.session.handle);
    for (const secret of [opened.secret, secretIn(moved)]) credentials.add(secret);
    await sessions.resolve(secretIn(moved));

    const robbed = note(await logIn(target.url, 'u3'));
    note((await refresh(target.url, robbed.refreshToken)).tokens);
    target.clock.advance(30_000);
    const reuse = await refresh(target.url, robbed.refreshToken);

    const text = output();
    jest.restoreAllMocks();
    expect(reuse.answer).toContain('REFRESH_REUSED');
    // The log is not empty: it reports the reuse by the handle, the outage and its end.
    const theft = text.split('\n').find((line) => line.includes('session.reused'));
    expect(theft).toContain(String(claimsOf(robbed.accessToken)['sid']));
    expect(text).toContain('the session store fails');
    expect(text).toContain('the session store answers again');
    expect(text).not.toContain(marker);
    const secrets = [...credentials].filter((value) => value.length >= 32);
    expect(secrets.length).toBeGreaterThan(10);
    for (const value of secrets) {
      expect(text).not.toContain(value);
      for (const part of value.split('.').slice(1)) expect(text).not.toContain(part);
    }
  });

  it('16.4.1 contains no line forged by a client', async () => {
    const logger = new CollectingLogger();
    const output = captureOutput(logger);
    const target = await start({ adapter, configure: (app) => app.useLogger(logger) });
    const injected = '\r\n\u001b[31m[Nest] forged line';
    const pair = await logIn(target.url, `u1${injected}`);
    const forge = new Forge();
    const claims = claimsOf(pair.accessToken);
    for (const token of [
      forge.sign(claims, { ...forge.header(), kid: injected }),
      forge.sign({ ...claims, sid: injected }),
      forge.sign({ ...claims, jti: injected }),
    ]) {
      await request(target, token);
      await refresh(target.url, token);
    }
    target.clock.advance(30_000);
    await refresh(target.url, pair.refreshToken);
    target.clock.advance(30_000);
    const reuse = await refresh(target.url, pair.refreshToken);
    const text = output();
    jest.restoreAllMocks();
    expect(reuse.answer).toContain('REFRESH_REUSED');
    const theft = text.split('\n').find((line) => line.includes('session.reused'));
    expect(theft).toContain('\\r\\n\\u001b[31m[Nest] forged line');
    expect(text).not.toMatch(/^.{0,5}\[Nest\] forged line/m);
    expect(text).not.toContain('\u001b[31m');
  });
});
