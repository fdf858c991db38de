import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  CurrentUser,
  Exchange,
  type HttpExchange,
  Public,
  RateLimit,
  RateLimitGuard,
  SessionGuard,
  SessionService,
  type Transport,
} from 'nestjs-session-kit';

/** Routes with rate limits. */
@Controller('limited')
export class RateLimitedController {
  constructor(private readonly sessions: SessionService) {}

  @Get('five')
  @RateLimit({ limit: 5, windowSeconds: 60 })
  five(@CurrentUser('id') id: string) {
    return { id };
  }

  @Get('two')
  @RateLimit({ limit: 2, windowSeconds: 60 })
  two() {
    return {};
  }

  @Get('shared')
  @RateLimit()
  shared() {
    return {};
  }

  @Get('plain')
  plain() {
    return {};
  }

  /** Guards are applied here and globally. */
  @Get('twice')
  @RateLimit({ limit: 2, windowSeconds: 60 })
  @UseGuards(SessionGuard, RateLimitGuard)
  twice() {
    return {};
  }

  @Get('open')
  @Public()
  @RateLimit({ limit: 3, windowSeconds: 60 })
  open() {
    return {};
  }

  @Post('login')
  @Public()
  @HttpCode(200)
  @RateLimit({ limit: 3, windowSeconds: 60 })
  async login(
    @Body() { transport = 'cookie' }: { transport?: Transport },
    @Exchange() http: HttpExchange,
  ) {
    return this.sessions.login(http, { transport, userId: 'ada' });
  }

  @Post('confirm')
  @HttpCode(200)
  async confirm(@Exchange() http: HttpExchange) {
    return this.sessions.confirm(http);
  }

  /** A name that is not valid in a header. */
  @Get('named')
  @RateLimit({ limit: 2 })
  ['übergröße "x"']() {
    return {};
  }
}
