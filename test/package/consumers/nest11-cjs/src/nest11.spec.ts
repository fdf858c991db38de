import 'reflect-metadata';
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import {
  ConsoleLogger,
  Controller,
  type DynamicModule,
  Get,
  HttpCode,
  type INestApplication,
  Module,
  Post,
  type Type,
  UseGuards,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CurrentSession,
  CurrentUser,
  Exchange,
  HttpExchange,
  Public,
  type Session,
  SessionGuard,
  SessionModule,
  SessionService,
  SkipCsrf,
  type SessionUser,
  type Transport,
} from 'nestjs-session-kit';

const SECRETS = {
  customers: 'qM3vXw7LrT9bZ8yHc1nJs6pUk4eNg5aDf2iKx0oQdYE',
  staff: 'Zk3vQx8LwR5bT1yHc7nJs2pVd9eMg6aUf4iKo0rXtYE',
};
type Audience = keyof typeof SECRETS;

const ADAPTERS = { Express: ExpressAdapter, Fastify: FastifyAdapter };

class WarningLogger extends ConsoleLogger {
  readonly warnings: string[] = [];
  override warn = (message: unknown): void => void this.warnings.push(String(message));
}

/** A login, and a route with every parameter decorator. */
function controllerOf(path: string, transport: Transport): Type {
  @Controller(path)
  class AudienceController {
    constructor(private readonly sessions: SessionService) {}

    @Post('login')
    @Public()
    @SkipCsrf()
    @HttpCode(200)
    login(@Exchange() http: HttpExchange): Promise<object> {
      return this.sessions.login(http, { userId: 'ada', claims: { role: 'user' }, transport });
    }

    @Get('me')
    @UseGuards(SessionGuard)
    me(
      @CurrentUser() user: SessionUser,
      @CurrentUser('id') id: string,
      @CurrentSession() session: Session,
      @Exchange() http: HttpExchange,
    ): object {
      return { id, user: user.id, session: session.user.id, method: http.method };
    }
  }
  return AudienceController;
}

@WebSocketGateway({ path: '/chat' })
class ChatGateway {
  @SubscribeMessage('say')
  say(): string {
    return 'received';
  }
}

@Module({
  imports: [
    SessionModule.forRoot({
      secret: SECRETS.customers,
      routes: { path: 'auth' },
      globalGuards: true,
    }),
  ],
  controllers: [controllerOf('shop', 'bearer-cookie')],
  providers: [ChatGateway],
})
class GuardedApp {}

function audienceModule(audience: Audience): DynamicModule {
  class AudienceModule {}
  return {
    module: AudienceModule,
    imports: [
      SessionModule.forRoot({
        secret: SECRETS[audience],
        keyPrefix: `${audience}:`,
        cookie: { name: `__Host-${audience}` },
        tokens: { issuer: audience },
        routes: { path: `${audience}-auth` },
        isGlobal: false,
      }),
    ],
    controllers: [controllerOf(audience, 'bearer')],
  };
}

@Module({ imports: [audienceModule('customers'), audienceModule('staff')] })
class TwoAudiencesApp {}

/**
 * The differences between Nest 11 and Nest 12: pipes of parameter decorators, gateways, mounting of
 * routes, global modules.
 */
for (const [name, Adapter] of Object.entries(ADAPTERS)) {
  describe(`Nest 11 on ${name}`, () => {
    let app: INestApplication;
    let url: string;
    const logger = new WarningLogger({ logLevels: ['error', 'warn'] });

    const start = async (root: Type, configure: (made: INestApplication) => void) => {
      app = await NestFactory.create(root, new Adapter(), { logger, abortOnError: false });
      configure(app);
      await app.listen(0, '127.0.0.1');
      url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
    };
    const send = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(url + path, init);

    describe('with globalGuards, URI versions below a prefix and a pipe for every decorator', () => {
      before(() =>
        start(GuardedApp, (made) => {
          made.useWebSocketAdapter(new WsAdapter(made));
          made.setGlobalPrefix('api');
          made.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
          made.useGlobalPipes(new ValidationPipe({ validateCustomDecorators: true }));
        }),
      );
      after(() => app.close());

      it('warns that no global guard runs for the messages of a gateway', () => {
        const warning = logger.warnings.find((line) => line.includes('globalGuards')) ?? '';
        assert.match(warning, /globalGuards does not protect ChatGateway\.say: Nest 11 runs no/);
      });

      it('issues a CSRF token, and injects every parameter of a handler', async () => {
        assert.equal((await send('/api/auth/csrf-token')).status, 200);
        const login = await send('/api/v1/shop/login', { method: 'POST' });
        assert.equal(login.status, 200);
        const cookies = login.headers.getSetCookie();
        const refresh = cookies.find((line) => line.startsWith('__Secure-session-refresh='));
        assert.match(refresh ?? '', /; Path=\/api\/auth(;|$)/);
        const cookie = cookies.map((line) => line.split(';')[0]).join('; ');
        const me = await send('/api/v1/shop/me', { headers: { cookie } });
        const ada = { id: 'ada', user: 'ada', session: 'ada', method: 'GET' };
        assert.deepEqual(await me.json(), ada);
      });

      it('reports a missing refresh token for a JSON content type without a body', async () => {
        const headers = { 'content-type': 'application/json' };
        const answer = await send('/api/auth/refresh', { method: 'POST', headers });
        const { code } = (await answer.json()) as { code: string };
        assert.equal(code, 'REFRESH_TOKEN_REQUIRED');
      });
    });

    describe('with two modules and versions in a header', () => {
      before(() =>
        start(TwoAudiencesApp, (made) => {
          const header = 'x-version';
          made.enableVersioning({ type: VersioningType.HEADER, header, defaultVersion: '1' });
        }),
      );
      after(() => app.close());

      it('admits customers and staff to their own routes only', async () => {
        for (const audience of ['customers', 'staff']) {
          const version = { 'x-version': '1' };
          const login = await send(`/${audience}/login`, { method: 'POST', headers: version });
          const { tokens } = (await login.json()) as { tokens: { accessToken: string } };
          const headers = { ...version, authorization: `Bearer ${tokens.accessToken}` };
          for (const route of ['customers', 'staff']) {
            const { status } = await send(`/${route}/me`, { headers });
            assert.equal(status, audience === route ? 200 : 401, `${audience} on ${route}`);
          }
        }
      });

      it('serves the routes of the package without a version', async () => {
        for (const audience of ['customers', 'staff']) {
          assert.equal((await send(`/${audience}-auth/csrf-token`)).status, 200);
        }
      });
    });
  });
}
