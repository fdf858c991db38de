import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, UseGuards, HttpCode } from '@nestjs/common';
import {
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  Public,
  SessionGuard,
  SessionService,
} from 'nestjs-session-kit';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { ADAPTERS, startApp, type TestApp } from '../support/test-app.js';

@Controller()
@UseGuards(SessionGuard)
class C {
  constructor(private readonly sessions: SessionService) {}
  @Post('login')
  @Public()
  @HttpCode(200)
  async login(@Exchange() http: HttpExchange) {
    return (
      await this.sessions.login(http, {
        transport: 'bearer',
        userId: 'u1',
        claims: { role: 'x' },
      })
    ).tokens;
  }
  @Get('me') me(@CurrentUser() user: object, @CurrentSession() session: object) {
    return { user, session };
  }
}

describe.each(ADAPTERS)('%s', (adapter) => {
  let redis: TestRedis;
  let app: TestApp;
  beforeAll(async () => {
    redis = await startRedis();
    app = await startApp({ adapter, controllers: [C], options: { redis: redis.connection } });
  });
  afterAll(async () => {
    await app.close();
    await redis.stop();
  });
  it('logs in', async () => {
    const t = (await (await fetch(`${app.url}/login`, { method: 'POST' })).json()) as {
      accessToken: string;
      refreshToken: string;
    };
    const me = await fetch(`${app.url}/me`, {
      headers: { authorization: `Bearer ${t.accessToken}` },
    });
    expect(me.status).toBe(200);
    expect(((await me.json()) as { user: { id: string } }).user.id).toBe('u1');
    const r = await fetch(`${app.url}/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refreshToken: t.refreshToken }),
    });
    expect(r.status).toBe(200);
    const all = await fetch(`${app.url}/auth/logout`, {
      method: 'POST',
      headers: { authorization: `Bearer ${t.accessToken}` },
    });
    expect(await all.json()).toEqual({ message: 'Logged out successfully' });
    expect(
      (await fetch(`${app.url}/me`, { headers: { authorization: `Bearer ${t.accessToken}` } }))
        .status,
    ).toBe(401);
  });
});
