import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  HttpException,
  Injectable,
  ValidationPipe,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, HttpAdapterHost } from '@nestjs/core';
import { SessionError, SessionGuard } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { MATRIX, type FixtureSetup, useFixture } from '../../support/fixture.js';
import { ApiAppController, type LoggedIn, login } from '../../support/apps/api-app.controller.js';

/** A catch-all filter as in many applications; it handles HttpException and nothing specific to the package. */
@Catch()
@Injectable()
class CatchAllFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    const body = {
      filtered: true,
      code: exception instanceof SessionError ? exception.code : undefined,
      details: exception instanceof HttpException ? exception.getResponse() : undefined,
    };
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), body, status);
  }
}

/** A guard of the application for all routes. It runs before the guards of the package. */
@Injectable()
class AppGuard implements CanActivate {
  static calls = 0;

  canActivate(): boolean {
    AppGuard.calls++;
    return true;
  }
}

const strictPipe = {
  provide: APP_PIPE,
  useFactory: () =>
    new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
};
const filter = { provide: APP_FILTER, useClass: CatchAllFilter };
const appGuard = { provide: APP_GUARD, useClass: AppGuard };
const sessionGuard = { provide: APP_GUARD, useClass: SessionGuard };
const prefixed: FixtureSetup['configure'] = (app) => app.setGlobalPrefix('v1');

const SETUPS: { name: string; setup: FixtureSetup; prefix?: string }[] = [
  { name: 'a catch-all exception filter', setup: { providers: [filter] } },
  { name: 'a ValidationPipe with forbidNonWhitelisted', setup: { providers: [strictPipe] } },
  { name: 'its own guard for all routes', setup: { providers: [appGuard] } },
  { name: 'SessionGuard for all routes', setup: { providers: [sessionGuard] } },
  { name: 'a global prefix', setup: { configure: prefixed }, prefix: '/v1' },
  {
    name: 'all of them',
    setup: { providers: [filter, strictPipe, appGuard, sessionGuard], configure: prefixed },
    prefix: '/v1',
  },
];

describe.each(SETUPS)('an application with $name', ({ setup, prefix = '' }) => {
  describe.each(MATRIX)('on $adapter with $store', (entry) => {
    const fixture = useFixture(entry, { controllers: [ApiAppController], ...setup });
    let base: string;
    let mine: LoggedIn;

    beforeEach(async () => {
      base = fixture.url + prefix;
      mine = await login(base, { userId: 'u1', claims: { role: 'editor' }, data: { a: 1 } });
    });

    it('logs in, guards, refreshes, lists and logs out', async () => {
      const me = await send(`${base}/api/session`, { token: mine.accessToken });
      expect(me.body).toMatchObject({
        session: { handle: mine.handle, user: { id: 'u1', role: 'editor' }, data: { a: 1 } },
      });
      const refreshed = await send<LoggedIn>(`${base}/auth/refresh`, {
        method: 'POST',
        json: { refreshToken: mine.refreshToken, client_id: 'a field more' },
      });
      expect(refreshed.status).toBe(200);
      const token = refreshed.body.accessToken;
      const list = await send<object[]>(`${base}/auth/sessions`, { token });
      expect(list.body[0]).toMatchObject({ handle: mine.handle, current: true });
      const logout = await send(`${base}/auth/logout`, { method: 'POST', token });
      expect([logout.status, logout.body]).toEqual([200, { message: 'Logged out successfully' }]);
      expect((await send(`${base}/api/user`, { token })).status).toBe(401);
    });

    it('answers 401 with code and challenge, and keeps public routes open', async () => {
      const { status, text, headers } = await send(`${base}/api/user`, { token: 'garbage' });
      expect(status).toBe(401);
      expect(text).toContain('"code":"TOKEN_INVALID"');
      expect(headers.get('www-authenticate')).toContain('invalid_token');
      expect((await send(`${base}/api/open`)).body).toEqual({ user: null });
      const bad = await send(`${base}/auth/refresh`, { method: 'POST', json: {} });
      expect(bad.status).toBe(400);
      expect(bad.text).toContain('"code":"REFRESH_TOKEN_REQUIRED"');
    });

    it('ends one session and logs out everywhere', async () => {
      const token = mine.accessToken;
      const other = await login(base, { userId: 'u1' });
      const path = `${base}/auth/sessions/${other.handle}`;
      expect((await send(path, { method: 'DELETE', token })).status).toBe(204);
      const all = await send(`${base}/auth/logout-all`, { method: 'POST', token });
      expect(all.status).toBe(200);
      expect(await fixture.sessions.list('u1')).toEqual([]);
    });
  });
});

describe.each(MATRIX)('on $adapter with $store', (entry) => {
  const fixture = useFixture(entry, {
    controllers: [ApiAppController],
    providers: [filter, appGuard],
  });

  it('lets a filter of the application decide the body, from the status and the code', async () => {
    const { status, body } = await send(`${fixture.url}/api/user`);
    expect(status).toBe(401);
    expect(body).toEqual({
      filtered: true,
      code: 'TOKEN_MISSING',
      details: {
        statusCode: 401,
        error: 'Unauthorized',
        message: 'No token provided',
        code: 'TOKEN_MISSING',
      },
    });
  });

  it('runs a guard of the application on the routes of the package too', async () => {
    const before = AppGuard.calls;
    await send(`${fixture.url}/auth/logout`, { method: 'POST' });
    expect(AppGuard.calls).toBe(before + 1);
  });
});
