import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  Public,
  Roles,
  RolesGuard,
  type Session,
  type SessionData,
  SessionGuard,
  SessionService,
  type SessionUser,
  type TokenPair,
  type Transport,
  VerifyWithStore,
} from 'nestjs-session-kit';
import { send } from '../http-client.js';

export interface LoginRequest {
  readonly userId: string;
  readonly transport?: Transport;
  readonly claims?: object;
  readonly data?: object;
  readonly label?: string;
}

export interface LoggedIn extends TokenPair {
  readonly handle: string;
}

/** The session data of `POST api/count`. */
export type Counted = SessionData & { count?: number };

/**
 * The routes of an API: a login without a password, an operation on each part of a session, and one route of each kind
 * that may read the store.
 */
@Controller('api')
@UseGuards(SessionGuard)
export class ApiAppController {
  /** The names of the handlers that ran, to prove that a refused request reached none. */
  readonly ran: string[] = [];

  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  async login(
    @Body() { userId, transport = 'bearer', claims = {}, data = {}, label }: LoginRequest,
    @Exchange() http: HttpExchange,
  ): Promise<Partial<TokenPair> & { handle: string }> {
    const { session, tokens } = await this.sessions.login(http, {
      transport,
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
    const confirmed = await this.sessions.confirm(http);
    return { ...confirmed, current: (await this.sessions.sessionOf(http)).handle };
  }

  @Get('plain')
  plain(): object {
    return {};
  }

  @Get('user')
  user(@CurrentUser() user: SessionUser, @CurrentUser('id') id: string): object {
    this.ran.push('user');
    return { user, id };
  }

  @Get('role')
  @UseGuards(RolesGuard)
  @Roles('user')
  role(): object {
    return {};
  }

  @Get('session')
  session(@CurrentSession() session: Session): object {
    this.ran.push('session');
    return { session };
  }

  @Get('verified')
  @VerifyWithStore()
  verified(): object {
    return {};
  }

  @Get('everything')
  @VerifyWithStore()
  @UseGuards(RolesGuard)
  @Roles('user')
  async everything(
    @CurrentSession() session: Session,
    @CurrentUser('id') id: string,
    @Exchange() http: HttpExchange,
  ): Promise<object> {
    return { id, same: (await this.sessions.sessionOf(http)).handle === session.handle };
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

  /** Adds one to a number in the session. */
  @Post('count')
  @HttpCode(200)
  async count(@CurrentSession() { handle }: Session): Promise<object> {
    const { data } = await this.sessions.update(handle, ({ count = 0, ...data }: Counted) => ({
      ...data,
      count: count + 1,
    }));
    return { count: (data as Counted).count };
  }
}

/** Logs a user in over HTTP. */
export async function login(url: string, request: LoginRequest): Promise<LoggedIn> {
  const { status, body, text } = await send<LoggedIn>(`${url}/api/login`, {
    method: 'POST',
    json: request,
  });
  if (status !== 200) throw new Error(`login answered ${status}: ${text}`);
  return body;
}
