import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentMetadata,
  Body,
  Controller,
  Get,
  HttpCode,
  ParseIntPipe,
  type PipeTransform,
  Post,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import * as common from '@nestjs/common';
import { IsString } from 'class-validator';
import {
  CurrentSession,
  CurrentUser,
  Exchange,
  HttpExchange,
  Public,
  type Session,
  SessionService,
  type SessionUser,
} from 'nestjs-session-kit';
import { Browser } from '../../support/browser-client.js';
import { send } from '../../support/http-client.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';

class LoginBody {
  @IsString()
  userId!: string;
}

/** A class that an application may declare to validate the user. */
class Profile {
  @IsString()
  id!: string;
}

/** Imports types as values, as the quick start does, so that Nest passes them to its pipes. */
@Controller('pipes')
class PipesController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  async login(@Body() body: LoginBody, @Exchange() http: HttpExchange): Promise<object> {
    const { tokens } = await this.sessions.login(http, { ...body, transport: 'bearer' });
    return { ...tokens };
  }

  @Get('all')
  all(
    @CurrentUser() user: SessionUser,
    @CurrentUser('id') id: string,
    @CurrentSession() session: Session,
    @Exchange() http: HttpExchange,
  ): object {
    return { user, id, sameUser: session.user.id === user.id, method: http.method };
  }

  @Get('profile')
  profile(@CurrentUser() profile: Profile): object {
    return { profile };
  }

  @Get('number')
  @Public()
  @UsePipes(ParseIntPipe)
  number(@Exchange() http: HttpExchange): object {
    return { method: http.method };
  }
}

/** A pipe that logs each value in every way that applications do. */
class LoggingPipe implements PipeTransform {
  readonly lines: string[] = [];

  transform(value: unknown, { type }: ArgumentMetadata): unknown {
    this.lines.push(`${type} ${JSON.stringify(value)} ${inspect(value, { depth: 9 })}`);
    return value;
  }
}

/** A pipe that visits every reachable value, like pipes that trim or sanitise. */
class WalkingPipe implements PipeTransform {
  readonly seen = new Set<unknown>();

  transform(value: unknown): unknown {
    this.#walk(value);
    return value;
  }

  #walk(value: unknown): void {
    if (typeof value !== 'object' || value === null || this.seen.has(value)) return;
    this.seen.add(value);
    for (const inner of Object.values(value)) this.#walk(inner);
  }
}

const custom = { validateCustomDecorators: true };

/** Only in Nest 12. */
const { StandardSchemaValidationPipe } = common as Partial<typeof common>;

const PIPES: [name: string, make: () => PipeTransform][] = [
  ['ValidationPipe', () => new ValidationPipe(custom)],
  ['ValidationPipe with transform', () => new ValidationPipe({ ...custom, transform: true })],
  [
    'ValidationPipe with implicit conversion',
    () =>
      new ValidationPipe({
        ...custom,
        transform: true,
        transformOptions: { enableImplicitConversion: true },
      }),
  ],
  ['ValidationPipe with whitelist', () => new ValidationPipe({ ...custom, whitelist: true })],
  [
    'ValidationPipe with all strict options',
    () =>
      new ValidationPipe({
        ...custom,
        transform: true,
        whitelist: true,
        forbidNonWhitelisted: true,
        forbidUnknownValues: true,
      }),
  ],
  ['a logging pipe', () => new LoggingPipe()],
  ['a walking pipe', () => new WalkingPipe()],
];
if (StandardSchemaValidationPipe) {
  PIPES.push([
    'StandardSchemaValidationPipe',
    () => new StandardSchemaValidationPipe({ validateCustomDecorators: true }),
  ]);
}

let app: TestApp | undefined;

async function start(adapter: (typeof ADAPTERS)[number], pipe: PipeTransform): Promise<TestApp> {
  app = await startApp({
    adapter,
    controllers: [PipesController],
    options: { globalGuards: true, cookie: { secure: false }, csrf: { require: 'origin' } },
    configure: (starting) => void starting.useGlobalPipes(pipe),
  });
  return app;
}

async function login(url: string): Promise<string> {
  const answer = await send(`${url}/pipes/login`, {
    method: 'POST',
    json: { userId: 'ada' },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  expect(answer.status).toBe(200);
  return answer.body['accessToken'] as string;
}

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe.each(ADAPTERS)('global pipes on %s', (adapter) => {
  it.each(PIPES)('let an anonymous client get a CSRF token (%s)', async (_name, make) => {
    const { url } = await start(adapter, make());
    const { status, body } = await new Browser(url).get('/auth/csrf-token');
    expect([status, typeof body['csrfToken']]).toEqual([200, 'string']);
  });

  it.each(PIPES)(
    'keep a login and the values of all decorators intact (%s)',
    async (_name, make) => {
      const { url } = await start(adapter, make());
      const token = await login(url);
      const { status, body } = await send(`${url}/pipes/all`, { token });
      expect([status, body]).toEqual([
        200,
        { user: { id: 'ada' }, id: 'ada', sameUser: true, method: 'GET' },
      ]);
      expect((await send(`${url}/pipes/profile`, { token })).body).toEqual({
        profile: { id: 'ada' },
      });
      const sessions = await send<object[]>(`${url}/auth/sessions`, { token });
      expect([sessions.status, sessions.body.length]).toEqual([200, 1]);
    },
  );

  it('do not find a credential in the values of the decorators', async () => {
    const pipe = new LoggingPipe();
    const { url } = await start(adapter, pipe);
    const token = await login(url);
    await send(`${url}/pipes/all`, { token });
    const lines = pipe.lines.filter((line) => line.startsWith('custom'));
    expect(lines.length).toBeGreaterThan(4);
    expect(lines.join('\n')).not.toContain(token);
  });

  it('cannot reach the request or the application through the values', async () => {
    const pipe = new WalkingPipe();
    const { url } = await start(adapter, pipe);
    await send(`${url}/pipes/all`, { token: await login(url) });
    // The body, the user, the session with its contents, and exchanges without reachable contents.
    expect(pipe.seen.size).toBeLessThan(20);
  });

  it('answer 400 to an exchange if they accept only numbers', async () => {
    const { url } = await start(adapter, new LoggingPipe());
    expect((await send(`${url}/pipes/number`)).status).toBe(400);
  });
});
