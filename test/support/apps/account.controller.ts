import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  Public,
  type Session,
  SessionGuard,
  SessionService,
  type SessionUser,
  type TokenPair,
} from 'nestjs-session-kit';
import { send } from '../http-client.js';

export interface LoginRequest {
  readonly userId: string;
  readonly claims?: object;
  readonly data?: object;
  readonly label?: string;
}

export interface LoggedIn extends TokenPair {
  readonly handle: string;
}

/** The routes of a test application besides those of the package: a login without a password, and one of each kind. */
@Controller('account')
@UseGuards(SessionGuard)
export class AccountController {
  /** The names of the handlers that ran, to prove that a refused request reached none. */
  readonly ran: string[] = [];

  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  async login(
    @Body() { userId, claims = {}, data = {}, label }: LoginRequest,
    @Exchange() http: HttpExchange,
  ): Promise<LoggedIn> {
    const { session, tokens } = await this.sessions.login(http, {
      transport: 'bearer',
      userId,
      claims,
      data,
      ...(label !== undefined && { device: { label } }),
    });
    return { ...tokens, handle: session.handle };
  }

  @Post('confirm')
  @HttpCode(200)
  async confirm(@Exchange() http: HttpExchange): Promise<object> {
    return this.sessions.confirm(http);
  }

  @Get('user')
  user(@CurrentUser() user: SessionUser, @CurrentUser('id') id: string): object {
    this.ran.push('user');
    return { user, id };
  }

  @Get('session')
  session(@CurrentSession() session: Session): object {
    this.ran.push('session');
    return { session };
  }

  @Get('exchange')
  async exchange(@Exchange() http: HttpExchange): Promise<object> {
    const [once, again] = await Promise.all([
      this.sessions.sessionOf(http),
      this.sessions.sessionOf(http),
    ]);
    return { device: http.device, handle: once.handle, same: once === again };
  }

  @Get('open')
  @Public()
  open(@CurrentUser() user?: SessionUser): object {
    return { user: user ?? null };
  }
}

/** Logs a user in over HTTP. */
export async function login(url: string, request: LoginRequest): Promise<LoggedIn> {
  const { status, body, text } = await send<LoggedIn>(`${url}/account/login`, {
    method: 'POST',
    json: request,
  });
  if (status !== 200) throw new Error(`login answered ${status}: ${text}`);
  return body;
}
