import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  HttpCode,
  Injectable,
  Post,
  UseGuards,
} from '@nestjs/common';
import {
  CsrfGuard,
  CurrentUser,
  RateLimit,
  RateLimitGuard,
  SessionGuard,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { send } from '../support/http-client.js';
import { open } from '../support/nodes.js';
import { ADAPTERS, startApp, type TestApp } from '../support/test-app.js';

/** Notes the properties that Node's request has when its turn comes. */
@Injectable()
class NotesProperties implements CanActivate {
  readonly seen: PropertyKey[][] = [];

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ raw?: object }>();
    this.seen.push(Reflect.ownKeys(request.raw ?? request));
    return true;
  }
}

@Controller()
class GuardedController {
  @Post()
  @HttpCode(200)
  @RateLimit()
  @UseGuards(NotesProperties, CsrfGuard, RateLimitGuard, SessionGuard, NotesProperties)
  whoami(@CurrentUser('id') id: string): { id: string } {
    return { id };
  }
}

describe.each(ADAPTERS)('a request on %s', (adapter) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({
      adapter,
      controllers: [GuardedController],
      providers: [NotesProperties],
    });
  });

  afterAll(() => app.close());

  it('gets no property from the guards: each is a new hidden class for every request of Express', async () => {
    const tokens = app.get(TokenService);
    const { accessToken } = await open({ app, sessions: app.get(SessionService), tokens }, 'u1');
    const answer = await send(`${app.url}/`, { method: 'POST', token: accessToken });
    expect(answer).toMatchObject({ status: 200, body: { id: 'u1' } });
    const [before, after] = app.get(NotesProperties).seen;
    expect(before!.length).toBeGreaterThan(0);
    expect(after).toEqual(before);
  });
});
