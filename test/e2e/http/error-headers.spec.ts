import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Body,
  Catch,
  Controller,
  type ExceptionFilter,
  HttpCode,
  HttpException,
  type INestApplication,
  Injectable,
  type ModuleMetadata,
  Post,
  type Type,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import {
  CurrentSession,
  memoryBackend,
  Public,
  SessionError,
  SessionModule,
  SessionService,
  SkipCsrf,
  TokenService,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { type FailingStore, failingStore } from '../../security/failing-store.js';
import { type Answer, send } from '../../support/http-client.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';

const HANDLE = 'abc.AAAAAAAAAAAAAAAAAAAAAA';

/** Calls services as an application does, without the exchange. */
@Controller('office')
class OfficeController {
  constructor(
    private readonly sessions: SessionService,
    private readonly tokens: TokenService,
  ) {}

  @Post('find')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  async find(): Promise<object> {
    return { session: await this.sessions.find(HANDLE) };
  }

  @Post('update')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  update(): Promise<object> {
    return this.sessions.update(HANDLE, {});
  }

  @Post('refresh')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  refresh(@Body() { refreshToken }: { refreshToken: string }): Promise<object> {
    return this.tokens.refresh(refreshToken);
  }

  @Post('current')
  @Public()
  @SkipCsrf()
  current(@CurrentSession() session: object): object {
    return session;
  }

  @Post('create')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  create(): Promise<object> {
    return this.sessions.create({ userId: 'u1', transport: 'bearer' });
  }
}

/** What the filter of the application received, and answers in its own form. */
let caught: unknown[] = [];

@Injectable()
abstract class RecordingFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: HttpException, host: ArgumentsHost): void {
    caught.push(error);
    const response: unknown = host.switchToHttp().getResponse();
    const body = { filter: this.constructor.name, was: error.getResponse() };
    this.adapterHost.httpAdapter.reply(response, body, error.getStatus());
  }
}

@Catch()
class CatchAllFilter extends RecordingFilter {}

@Catch(HttpException)
class HttpFilter extends RecordingFilter {}

@Catch(TypeError)
class OtherFilter extends RecordingFilter {}

interface Filters {
  readonly title: string;
  readonly imports?: ModuleMetadata['imports'];
  /** Which filter answers. */
  readonly answers?: string;
  readonly providers?: ModuleMetadata['providers'];
  readonly configure?: (app: INestApplication) => void;
}

const using =
  (...filters: Type<RecordingFilter>[]) =>
  (app: INestApplication): void =>
    void app.useGlobalFilters(...filters.map((filter) => new filter(app.get(HttpAdapterHost))));

const FILTERS: Filters[] = [
  { title: 'no filter of the app' },
  {
    title: 'a filter of the app for other errors',
    configure: using(OtherFilter),
  },
  {
    title: '@Catch() by useGlobalFilters',
    answers: 'CatchAllFilter',
    configure: using(CatchAllFilter),
  },
  {
    title: '@Catch(HttpException) by useGlobalFilters',
    answers: 'HttpFilter',
    configure: using(HttpFilter),
  },
  {
    title: '@Catch() as APP_FILTER',
    answers: 'CatchAllFilter',
    providers: [{ provide: APP_FILTER, useClass: CatchAllFilter }],
  },
  {
    title: 'two filters, of which the last takes precedence',
    answers: 'HttpFilter',
    configure: using(CatchAllFilter, HttpFilter, OtherFilter),
  },
];

const UNAVAILABLE = {
  statusCode: 503,
  error: 'Service Unavailable',
  message: 'Session store unavailable',
  code: 'STORE_UNAVAILABLE',
};

describe.each(ADAPTERS)('headers of errors on %s', (adapter) => {
  let app: TestApp;
  let store: FailingStore;

  afterEach(async () => {
    caught = [];
    await app.close();
  });

  async function start(
    { imports, providers, configure }: Omit<Filters, 'title'>,
    globalGuards: boolean,
    controller: Type = OfficeController,
  ): Promise<void> {
    const clock = new FakeClock();
    store = failingStore(memoryBackend({ clock, maxSessions: 100 }));
    app = await startApp({
      adapter,
      clock,
      controllers: [controller],
      options: { store: store.store, globalGuards },
      ...(imports && { imports }),
      ...(providers && { providers }),
      ...(configure && { configure }),
    });
  }

  const loseStore = (): void => store.plan({ method: 'read', when: 'before', times: 100 });

  const post = (route: string, json: object = {}): Promise<Answer<object>> =>
    send(`${app.url}/${route}`, { method: 'POST', json });

  describe.each([true, false])('globalGuards: %s', (globalGuards) => {
    it.each(FILTERS)('are sent with $title', async ({ answers, ...filters }) => {
      await start(filters, globalGuards);
      const { body: opened } = await post('office/create');
      const { tokens } = opened as { tokens: { refreshToken: string } };
      loseStore();
      for (const [route, json] of [
        ['find', {}],
        ['update', {}],
        ['refresh', { refreshToken: tokens.refreshToken }],
      ] as const) {
        const { status, headers, body } = await post(`office/${route}`, json);
        expect([route, status, headers.get('retry-after')]).toEqual([route, 503, '1']);
        expect(headers.get('www-authenticate')).toBeNull();
        expect(body).toEqual(answers ? { filter: answers, was: UNAVAILABLE } : UNAVAILABLE);
      }
      const isSessionError = caught.map((error) => error instanceof SessionError);
      expect(isSessionError).toEqual(answers ? [true, true, true] : []);
    });

    it('challenge a client whose token a handler refused', async () => {
      await start({}, globalGuards);
      const { status, headers } = await post('office/refresh', { refreshToken: 'garbage' });
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe(
        'Bearer error="invalid_token", error_description="Invalid token"',
      );
      const current = await post('office/current');
      expect([current.status, current.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    });
  });

  it('are sent once with two modules in one application', async () => {
    const secret = 'Zk3vQx8LwR5bT1yHc7nJs2pVd9eMg6aUf4iKo0rXtYE';
    const other = {
      secret,
      isGlobal: false,
      keyPrefix: 'other:',
      cookie: { name: '__Host-other' },
    };
    await start(
      { imports: [SessionModule.forRoot(other)], configure: using(CatchAllFilter) },
      false,
    );
    loseStore();
    const { status, headers, body } = await post('office/find');
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(body).toEqual({ filter: 'CatchAllFilter', was: UNAVAILABLE });
    expect(caught).toHaveLength(1);
  });

  it('are left to a filter bound to a handler, which finds them on the error', async () => {
    @Catch(SessionError)
    class HandlerFilter implements ExceptionFilter<SessionError> {
      catch({ headers, code }: SessionError, host: ArgumentsHost): void {
        const { httpAdapter } = app.get(HttpAdapterHost);
        const response: unknown = host.switchToHttp().getResponse();
        for (const [name, value] of Object.entries(headers))
          httpAdapter.setHeader(response, name, value);
        httpAdapter.reply(response, { code }, 418);
      }
    }
    @Controller('bound')
    @UseFilters(HandlerFilter)
    class BoundController extends OfficeController {}
    await start({}, false, BoundController);
    loseStore();
    const { status, headers, body } = await post('bound/find');
    expect([status, body]).toEqual([418, { code: 'STORE_UNAVAILABLE' }]);
    expect(headers.get('retry-after')).toBe('1');
  });
});
