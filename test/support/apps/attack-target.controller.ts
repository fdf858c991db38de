import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Patch,
  Post,
  Put,
  UseGuards,
} from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  CsrfService,
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  type LoginResult,
  Public,
  type Session,
  SessionGuard,
  SessionService,
  type SessionUser,
  SkipCsrf,
  type TokenPair,
} from 'nestjs-session-kit';
import { send } from '../http-client.js';
import type { TestApp } from '../test-app.js';

/**
 * The targets of attacks: a handler behind each guard for stolen and forged credentials, and routes that another site
 * may try to call on behalf of the user, which `globalGuards` protect.
 */
@Controller('target')
export class AttackTargetController {
  /** The names of the handlers that ran, to prove that a refused request reached none. */
  readonly ran: string[] = [];

  constructor(
    private readonly sessions: SessionService,
    private readonly csrf: CsrfService,
  ) {}

  @Post('login')
  @HttpCode(200)
  async login(
    @Body() { userId, claims }: { userId: string; claims?: object },
    @Exchange() http: HttpExchange,
  ): Promise<TokenPair> {
    const input = { transport: 'bearer', userId, claims: claims ?? {} } as const;
    return (await this.sessions.login(http, input)).tokens;
  }

  /** For users and visitors alike. */
  @Get('greeting')
  async greeting(@Exchange() http: HttpExchange): Promise<object> {
    const identity = await this.sessions.identify(http);
    return { user: identity.authenticated ? identity.user.id : null };
  }

  @Get('kit')
  @UseGuards(SessionGuard)
  kit(@CurrentUser() user: SessionUser): SessionUser {
    this.ran.push('kit');
    return user;
  }

  @Get('passport')
  @UseGuards(AuthGuard('jwt'))
  passport(@CurrentUser() user: SessionUser): SessionUser {
    this.ran.push('passport');
    return user;
  }

  @Post('confirm')
  @HttpCode(200)
  @UseGuards(SessionGuard)
  confirm(@Exchange() http: HttpExchange): Promise<LoginResult> {
    return this.sessions.confirm(http);
  }

  @Patch('data')
  @UseGuards(SessionGuard)
  async data(@CurrentSession() { handle }: Session, @Body() change: object): Promise<object> {
    return (await this.sessions.update(handle, change)).data;
  }

  @Get('transfer')
  balance() {
    return this.#run('balance');
  }

  @Post('transfer')
  @HttpCode(200)
  transfer() {
    return this.#run('transfer');
  }

  @Put('transfer')
  replace() {
    return this.#run('replace');
  }

  @Patch('transfer')
  change() {
    return this.#run('change');
  }

  @Delete('transfer')
  cancel() {
    return this.#run('cancel');
  }

  /** Authenticates its caller by a separate signature. */
  @Post('webhook')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  webhook() {
    return this.#run('webhook');
  }

  @Post('subscribe')
  @Public()
  @HttpCode(200)
  subscribe() {
    return this.#run('subscribe');
  }

  /** Issues a token for a page that the application renders. */
  @Get('form')
  form(@Exchange() http: HttpExchange) {
    return { field: this.csrf.issue(http) };
  }

  /** A route without `CsrfGuard` that checks the token itself. */
  @Post('checked')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  checked(@Exchange() http: HttpExchange) {
    this.csrf.verify(http);
    return this.#run('checked');
  }

  #run(name: string): object {
    this.ran.push(name);
    return { done: name };
  }
}

const GUARDED_ROUTES = ['kit', 'passport'] as const;

/** The answers of both routes to one token. */
interface TargetAnswers {
  readonly answers: readonly string[];
  /** Handlers that ran. */
  readonly ran: readonly string[];
}

/**
 * AuthGuard refuses a token with an unknown kid itself: another strategy might have accepted it.
 */
const NO_STRATEGY = '401 {"message":"Unauthorized","statusCode":401}';

export async function request({ url, ...app }: TestApp, token: string): Promise<TargetAnswers> {
  const { ran } = app.get(AttackTargetController);
  ran.length = 0;
  const answers: string[] = [];
  for (const route of GUARDED_ROUTES) {
    const { status, text } = await send(`${url}/target/${route}`, { token });
    const answer = `${status} ${text}`;
    answers.push(answer === NO_STRATEGY ? INVALID_TOKEN : answer);
  }
  return { answers, ran: [...ran] };
}

export const INVALID_TOKEN =
  '401 {"statusCode":401,"error":"Unauthorized","message":"Invalid token","code":"TOKEN_INVALID"}';
export const SESSION_ENDED =
  '401 {"statusCode":401,"error":"Unauthorized","message":"Session ended","code":"SESSION_ENDED"}';
export const TOKEN_EXPIRED =
  '401 {"statusCode":401,"error":"Unauthorized","message":"Token expired","code":"TOKEN_EXPIRED"}';

/** Both routes refused the request with this answer, and no handler ran. */
export function denied(answer: string): TargetAnswers {
  return { answers: GUARDED_ROUTES.map(() => answer), ran: [] };
}

/** Both routes admitted this user. */
export function allowed(user: object): TargetAnswers {
  return { answers: GUARDED_ROUTES.map(() => `200 ${JSON.stringify(user)}`), ran: GUARDED_ROUTES };
}

export async function logIn(url: string, userId: string, claims?: object): Promise<TokenPair> {
  const json = { userId, claims };
  const { status, body, text } = await send<TokenPair>(`${url}/target/login`, {
    method: 'POST',
    json,
  });
  if (status !== 200) throw new Error(`login answered ${status}: ${text}`);
  return body;
}

/** `status code` of a refresh, with the new pair if there is one. */
export async function refresh(
  url: string,
  refreshToken: unknown,
): Promise<{ answer: string; tokens: TokenPair }> {
  const json = { refreshToken };
  const { status, body, text } = await send<TokenPair & { code?: string }>(`${url}/auth/refresh`, {
    method: 'POST',
    json,
  });
  return { answer: status === 200 ? '200' : `${status} ${text}`, tokens: body };
}
