import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { CurrentUser, SessionService } from 'nestjs-session-kit';
import { JwtStrategy } from 'nestjs-session-kit/passport';
import { send } from '../../support/http-client.js';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';
import { lengthenTimeouts } from '../../support/lengthen-timeouts.js';

lengthenTimeouts();

@Controller('passport')
class PassportController {
  @Get()
  @UseGuards(AuthGuard('jwt'))
  read(@CurrentUser('id') id: string): object {
    return { id };
  }
}

const statusAt = async (app: TestApp, token: string): Promise<number> =>
  (await send(`${app.url}/api/user`, { token })).status;

/** The applications share a process, a Redis, a secret and user ids, so that every unintended overlap shows. */
describe('two applications in one process on one Redis, separated by keyPrefix', () => {
  let redis: TestRedis;
  let one: TestApp;
  let two: TestApp;

  beforeAll(async () => {
    redis = await startRedis();
    const run = randomUUID();
    const controllers = [ApiAppController, PassportController];
    const providers = [JwtStrategy];
    const options = { redis: redis.connection };
    one = await startApp({
      adapter: 'express',
      controllers,
      providers,
      options: { ...options, keyPrefix: `${run}:one:`, routes: { path: 'auth' } },
    });
    two = await startApp({
      adapter: 'fastify',
      controllers,
      providers,
      options: { ...options, keyPrefix: `${run}:two:`, routes: { path: 'session' } },
    });
  });

  afterAll(async () => {
    await one?.close();
    await two?.close();
    await redis?.stop();
  });

  it('8.4.1 refuse the tokens of each other', async () => {
    const { accessToken, refreshToken } = await login(one.url, { userId: 'u1' });
    expect([await statusAt(one, accessToken), await statusAt(two, accessToken)]).toEqual([
      200, 401,
    ]);
    const { status, body } = await send(`${two.url}/session/refresh`, {
      method: 'POST',
      json: { refreshToken },
    });
    expect([status, body['code']]).toEqual([401, 'TOKEN_INVALID']);
  });

  it('8.4.1 use their own passport strategies under the same name', async () => {
    const apps = [one, two];
    for (const mine of apps) {
      const { accessToken: token } = await login(mine.url, { userId: 'u1' });
      for (const app of apps) {
        const { status } = await send(`${app.url}/passport`, { token });
        expect(status).toBe(app === mine ? 200 : 401);
      }
    }
  });

  it('8.4.1 revoke only the sessions of their own users', async () => {
    const mine = await login(one.url, { userId: 'u2' });
    const theirs = await login(two.url, { userId: 'u2' });
    expect(await one.get(SessionService).revokeUser('u2')).toBe(1);
    expect(await two.get(SessionService).list('u2')).toHaveLength(1);
    const found = await Promise.all([
      statusAt(one, mine.accessToken),
      statusAt(two, theirs.accessToken),
    ]);
    expect(found).toEqual([401, 200]);
    await one.get(SessionService).revokeEveryone();
    expect(await statusAt(two, theirs.accessToken)).toBe(200);
  });

  it('mount their routes under their own paths', async () => {
    const statuses = await Promise.all(
      [
        `${one.url}/auth/sessions`,
        `${one.url}/session/sessions`,
        `${two.url}/session/sessions`,
        `${two.url}/auth/sessions`,
      ].map(async (url) => (await send(url)).status),
    );
    expect(statuses).toEqual([401, 404, 401, 404]);
  });

  it('identify their own user in concurrent requests', async () => {
    const [mine, theirs] = await Promise.all([
      login(one.url, { userId: 'of one' }),
      login(two.url, { userId: 'of two' }),
    ]);
    const asked = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        i % 2
          ? send(`${one.url}/api/user`, { token: mine.accessToken })
          : send(`${two.url}/api/user`, { token: theirs.accessToken }),
      ),
    );
    expect(asked.map(({ body }) => body['id'])).toEqual(
      Array.from({ length: 40 }, (_, i) => (i % 2 ? 'of one' : 'of two')),
    );
  });
});
