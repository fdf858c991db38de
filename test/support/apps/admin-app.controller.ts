import { applyDecorators, Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  CsrfGuard,
  CurrentUser,
  Exchange,
  type HttpExchange,
  Public,
  RateLimit,
  RateLimitGuard,
  RecentLoginGuard,
  RequireRecentLogin,
  SessionGuard,
  SessionService,
  SkipCsrf,
  type TokenPair,
  type Transport,
} from 'nestjs-session-kit';

/** The handle of the session, and its tokens unless they are in cookies. */
export type LoggedIn = Partial<TokenPair> & { readonly handle: string };

const FIVE_MINUTES = { maxAgeSeconds: 300 };

/** The guards of `globalGuards` except those for roles and recent logins, applied to one route. */
function Guarded() {
  return applyDecorators(UseGuards(CsrfGuard, RateLimitGuard, SessionGuard));
}

/** An administration that names its guards route by route and requires a recent login for a transfer. */
@Controller('admin')
export class AdminAppController {
  /** The names of the handlers that ran, to prove that a refused request reached none. */
  readonly ran: string[] = [];

  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Guarded()
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  async login(
    @Body() { userId, transport }: { userId: string; transport: Transport },
    @Exchange() http: HttpExchange,
  ): Promise<LoggedIn> {
    const { session, tokens } = await this.sessions.login(http, { userId, transport });
    return { handle: session.handle, ...tokens };
  }

  @Post('wrong-password')
  @Guarded()
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  async wrongPassword(
    @Body() { reason }: { reason: string },
    @Exchange() http: HttpExchange,
  ): Promise<void> {
    await this.sessions.loginFailed(http, reason);
  }

  @Post('confirm')
  @Guarded()
  @HttpCode(200)
  async confirm(@Exchange() http: HttpExchange): Promise<LoggedIn> {
    const { session, tokens } = await this.sessions.confirm(http);
    return { handle: session.handle, ...tokens };
  }

  @Get('me')
  @Guarded()
  me(@CurrentUser('id') id: string): object {
    return { id };
  }

  @Get('once')
  @Guarded()
  @RateLimit({ limit: 1, windowSeconds: 60 })
  once(): object {
    return {};
  }

  @Get('transfer')
  @UseGuards(RecentLoginGuard)
  @RequireRecentLogin(FIVE_MINUTES)
  transfer(): object {
    this.ran.push('transfer');
    return { done: true };
  }

  @Get('rates')
  @Public()
  @UseGuards(RecentLoginGuard)
  rates(): object {
    return { rate: 1 };
  }
}

/** Requires a recent login for each route without metadata of its own. */
@Controller('safe')
@UseGuards(RecentLoginGuard)
@RequireRecentLogin(FIVE_MINUTES)
export class SafeController {
  @Get()
  open(): object {
    return { open: true };
  }

  @Get('slow')
  @RequireRecentLogin({ maxAgeSeconds: 3600 })
  slow(): object {
    return { open: true };
  }

  @Get('hours')
  @Public()
  hours(): object {
    return { from: 9, to: 5 };
  }
}
