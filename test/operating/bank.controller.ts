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

/** A transfer asks for a proof of identity that is not older than five minutes. */
@Controller()
export class BankController {
  /** Which handlers ran. */
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

/** Everything here asks for it, but what says otherwise. */
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
