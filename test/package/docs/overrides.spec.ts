import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, UseGuards } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import {
  CsrfGuard,
  CurrentSession,
  CurrentUser,
  Roles,
  RolesGuard,
  type Session,
  SessionGuard,
  SessionModule,
  SessionService,
  type SessionUser,
} from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { SECRET } from '../../support/test-app.js';

class Routes {
  @Get('user')
  user(@CurrentUser() user: SessionUser | undefined) {
    return { user: user ?? null };
  }

  @Get('session')
  session(@CurrentSession() session: Session) {
    return { handle: session.handle };
  }

  @Get('admin')
  @Roles('admin')
  admin() {
    return {};
  }

  @Post('change')
  change() {
    return {};
  }
}

@Controller()
class UnguardedController extends Routes {}

@Controller()
@UseGuards(CsrfGuard, SessionGuard, RolesGuard)
class GuardedController extends Routes {}

const allow = { canActivate: () => true };

type Override = (builder: TestingModuleBuilder) => TestingModuleBuilder;

const withGlobalGuards: Override = (builder) =>
  builder
    .overrideProvider(SessionGuard)
    .useValue(allow)
    .overrideProvider(CsrfGuard)
    .useValue(allow);

const withUseGuards: Override = (builder) =>
  builder.overrideGuard(SessionGuard).useValue(allow).overrideGuard(CsrfGuard).useValue(allow);

const none: Override = (builder) => builder;

async function start(globalGuards: boolean, override: Override) {
  const builder = Test.createTestingModule({
    imports: [SessionModule.forRoot({ secret: SECRET, globalGuards })],
    controllers: [globalGuards ? UnguardedController : GuardedController],
  });
  const app = (await override(builder).compile()).createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  return { app, url: `http://127.0.0.1:${app.getHttpServer().address().port}` };
}

/** The overrides of docs/testing.md. */
describe.each([
  ['globalGuards', true, withGlobalGuards],
  ['@UseGuards()', false, withUseGuards],
] as const)('the tests of an application with %s', (_how, globalGuards, override) => {
  it('admit anonymous requests when they override SessionGuard and CsrfGuard', async () => {
    const { app, url } = await start(globalGuards, override);
    const user = await send(`${url}/user`);
    expect([user.status, user.body]).toEqual([200, { user: null }]);
    expect((await send(`${url}/change`, { method: 'POST' })).status).toBe(201);
    expect((await send(`${url}/session`)).status).toBe(401);
    expect((await send(`${url}/admin`)).status).toBe(401);
    await app.close();
  });

  it('admit a user logged in through the services, without a CSRF token', async () => {
    const { app, url } = await start(globalGuards, none);
    const { session, tokens } = await app
      .get(SessionService)
      .create({ transport: 'bearer', userId: 'ada', claims: { role: 'admin' } });
    const { accessToken: token } = tokens;
    expect((await send(`${url}/user`)).status).toBe(401);
    const user = await send(`${url}/user`, { token });
    expect([user.status, user.body]).toEqual([200, { user: { id: 'ada', role: 'admin' } }]);
    expect((await send(`${url}/change`, { method: 'POST', token })).status).toBe(201);
    expect((await send(`${url}/session`, { token })).body).toEqual({ handle: session.handle });
    expect((await send(`${url}/admin`, { token })).status).toBe(200);
    await app.close();
  });
});
