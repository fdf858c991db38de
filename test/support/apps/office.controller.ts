import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  CsrfGuard,
  CurrentUser,
  Exchange,
  type HttpExchange,
  Public,
  RateLimit,
  RateLimitGuard,
  SessionGuard,
  SessionService,
  SkipCsrf,
  type Transport,
} from 'nestjs-session-kit';

/** One route for each operation of an application on sessions. */
@Controller('office')
@UseGuards(CsrfGuard, RateLimitGuard, SessionGuard)
export class OfficeController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  async login(
    @Body() { userId, transport }: { userId: string; transport: Transport },
    @Exchange() http: HttpExchange,
  ) {
    const { session, tokens } = await this.sessions.login(http, { userId, transport });
    return { handle: session.handle, ...tokens };
  }

  @Post('wrong-password')
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
  @HttpCode(200)
  async confirm(@Exchange() http: HttpExchange) {
    const { session, tokens } = await this.sessions.confirm(http);
    return { handle: session.handle, ...tokens };
  }

  @Get('me')
  me(@CurrentUser('id') id: string) {
    return { id };
  }

  @Get('once')
  @RateLimit({ limit: 1, windowSeconds: 60 })
  once() {
    return {};
  }
}
