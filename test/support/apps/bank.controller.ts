import { Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import {
  Exchange,
  type HttpExchange,
  type LoginResult,
  Public,
  RecentLoginGuard,
  RequireRecentLogin,
  SessionService,
  SkipCsrf,
  type Transport,
} from 'nestjs-session-kit';

const FIVE_MINUTES = { maxAgeSeconds: 300 };

/** Requires a proof of identity from the last five minutes for a transfer. */
@Controller()
export class BankController {
  /** The names of the handlers that ran. */
  readonly ran: string[] = [];

  constructor(private readonly sessions: SessionService) {}

  @Post('login/:transport')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  login(
    @Param('transport') transport: Transport,
    @Exchange() http: HttpExchange,
  ): Promise<LoginResult> {
    return this.sessions.login(http, { userId: 'u1', transport });
  }

  @Post('confirm')
  @SkipCsrf()
  @HttpCode(200)
  confirm(@Exchange() http: HttpExchange): Promise<LoginResult> {
    return this.sessions.confirm(http);
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
