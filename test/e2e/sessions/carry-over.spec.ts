import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CurrentSession,
  CurrentUser,
  HttpExchangeFactory,
  type Session,
  SessionGuard,
  SessionService,
} from 'nestjs-session-kit';
import { Browser } from '../../support/browser-client.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';

interface OldRequest {
  readonly headers: { readonly cookie?: string };
  session?: { readonly userId?: string };
}

/** The remaining sessions of another library. */
const oldSessions = new Map<string, { userId: string }>();

/** Sets the session on the request, as the middleware of that library does. */
function readOldSession(request: OldRequest): void {
  const id = /(?:^|; )old=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
  const session = id === undefined ? undefined : oldSessions.get(id);
  if (session) request.session = session;
}

/** Logs in the user of an old session during the request. */
@Injectable()
class CarryOverGuard implements CanActivate {
  constructor(
    private readonly exchanges: HttpExchangeFactory,
    private readonly sessions: SessionService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const old = context.switchToHttp().getRequest<OldRequest>().session;
    if (old?.userId === undefined) return true;
    const http = this.exchanges.of(context);
    if ((await this.sessions.identify(http)).authenticated) return true;
    await this.sessions.login(http, { transport: 'cookie', userId: old.userId });
    return true;
  }
}

@Controller('desk')
@UseGuards(CarryOverGuard, SessionGuard)
class DeskController {
  @Get()
  desk(@CurrentUser('id') id: string, @CurrentSession() { handle }: Session): object {
    return { id, handle };
  }
}

describe.each(ADAPTERS)('%s: sessions of another library', (adapter) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({
      adapter,
      controllers: [DeskController],
      configure: (nest) => {
        const server = nest.getHttpAdapter().getInstance() as {
          addHook?(name: string, hook: (request: OldRequest) => Promise<void>): void;
        };
        if (server.addHook) {
          server.addHook('onRequest', async (request) => readOldSession(request));
        } else {
          nest.use((request: OldRequest, _response: unknown, next: () => void) => {
            readOldSession(request);
            next();
          });
        }
      },
    });
  });

  afterAll(() => app.close());

  it('are replaced by a guard during a request, and the next request uses the new cookie', async () => {
    oldSessions.set('abc', { userId: 'ada' });
    const browser = new Browser(app.url);
    const first = await browser.get<{ id: string; handle: string }>('/desk', {
      cookie: 'old=abc',
    });
    expect([first.status, first.body.id]).toEqual([200, 'ada']);
    oldSessions.clear();
    const second = await browser.get<{ id: string; handle: string }>('/desk');
    expect([second.status, second.body]).toEqual([200, first.body]);
    expect(await app.get(SessionService).list('ada')).toHaveLength(1);
  });

  it('are refused once they no longer exist', async () => {
    const answer = await new Browser(app.url).get('/desk', { cookie: 'old=gone' });
    expect(answer.status).toBe(401);
  });
});
