import { Body, Controller, Get, HttpCode, Patch, Post, UseGuards } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import {
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  type LoginResult,
  type Session,
  SessionGuard,
  SessionService,
  type SessionUser,
  type TokenPair,
} from 'nestjs-session-kit';
import { send } from '../http-client.js';
import type { TestApp } from '../test-app.js';

/** The targets of attacks: a handler behind each guard, which records that it ran. */
@Controller()
export class VaultController {
  readonly ran: string[] = [];

  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @HttpCode(200)
  async login(
    @Body() { userId, claims }: { userId: string; claims?: object },
    @Exchange() http: HttpExchange,
  ): Promise<TokenPair> {
    const input = { transport: 'bearer', userId, claims: claims ?? {} } as const;
    return (await this.sessions.login(http, input)).tokens;
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
}

const DOORS = ['kit', 'passport'] as const;

/** The answers of both routes to one token. */
interface VaultAnswer {
  readonly answers: readonly string[];
  /** Handlers that ran. */
  readonly ran: readonly string[];
}

/**
 * AuthGuard refuses a token with an unknown kid itself: another strategy might have accepted it.
 */
const NO_STRATEGY = '401 {"message":"Unauthorized","statusCode":401}';

export async function request({ url, ...app }: TestApp, token: string): Promise<VaultAnswer> {
  const { ran } = app.get(VaultController);
  ran.length = 0;
  const answers: string[] = [];
  for (const door of DOORS) {
    const { status, text } = await send(`${url}/${door}`, { token });
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
export function denied(answer: string): VaultAnswer {
  return { answers: DOORS.map(() => answer), ran: [] };
}

/** Both routes admitted this user. */
export function allowed(user: object): VaultAnswer {
  return { answers: DOORS.map(() => `200 ${JSON.stringify(user)}`), ran: DOORS };
}

export async function logIn(url: string, userId: string, claims?: object): Promise<TokenPair> {
  const json = { userId, claims };
  const { status, body, text } = await send<TokenPair>(`${url}/login`, { method: 'POST', json });
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
