import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import {
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  Public,
  type Session,
  SessionService,
  type SessionUser,
  type Transport,
} from 'nestjs-session-kit';

export interface BrowserLogin {
  readonly userId?: string;
  readonly transport?: Transport;
  readonly persistent?: boolean;
  readonly claims?: object;
  readonly data?: object;
}

/** The routes of a web application with `globalGuards`, which protect every route that is not public. */
@Controller()
export class BrowserAppController {
  /** The names of the handlers that ran, to prove that a refused request reached none. */
  readonly ran: string[] = [];

  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  async login(@Body() body: BrowserLogin | undefined, @Exchange() http: HttpExchange) {
    this.ran.push('login');
    const { userId = 'ada', transport = 'cookie', ...input } = body ?? {};
    const { session, tokens } = await this.sessions.login(http, { ...input, userId, transport });
    return { user: session.user, ...tokens };
  }

  @Get('me')
  me(@CurrentUser() user: SessionUser, @CurrentSession() session: Session) {
    this.ran.push('me');
    return { user, session };
  }

  @Get('name')
  name(@CurrentUser('id') id: string) {
    this.ran.push('name');
    return { id };
  }

  @Get('open')
  @Public()
  open() {
    return { open: true };
  }

  @Post('orders')
  @HttpCode(200)
  order(@CurrentUser('id') id: string) {
    this.ran.push('orders');
    return { orderedBy: id };
  }

  @Post('confirm')
  @HttpCode(200)
  async confirm(@Exchange() http: HttpExchange) {
    return this.sessions.confirm(http);
  }

  /** A privilege change, as in an application. */
  @Post('promote')
  @HttpCode(200)
  async promote(@CurrentSession() { handle }: Session, @Exchange() http: HttpExchange) {
    const renewed = await this.sessions.regenerate(handle);
    if (renewed.transport === 'bearer') return renewed;
    this.sessions.setCredential(http, renewed);
    return { session: renewed.session };
  }
}
