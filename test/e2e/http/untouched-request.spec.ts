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
import { send } from '../../support/http-client.js';
import { open } from '../../support/nodes.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';

/** Records the properties of the request of Node when the guard runs. */
@Injectable()
class PropertyRecorder implements CanActivate {
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
  @UseGuards(PropertyRecorder, CsrfGuard, RateLimitGuard, SessionGuard, PropertyRecorder)
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
      providers: [PropertyRecorder],
    });
  });

  afterAll(() => app.close());

  it('gets no properties from the guards, because each would change its hidden class in Express', async () => {
    const tokens = app.get(TokenService);
    const { accessToken } = await open({ app, sessions: app.get(SessionService), tokens }, 'u1');
    const answer = await send(`${app.url}/`, { method: 'POST', token: accessToken });
    expect(answer).toMatchObject({ status: 200, body: { id: 'u1' } });
    const [before, after] = app.get(PropertyRecorder).seen;
    expect(before!.length).toBeGreaterThan(0);
    expect(after).toEqual(before);
  });
});
