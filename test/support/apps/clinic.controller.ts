import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  type LoginResult,
  Public,
  Roles,
  RolesGuard,
  type Session,
  SessionGuard,
  SessionService,
  type Transport,
  VerifyWithStore,
} from 'nestjs-session-kit';

interface LoginRequest {
  readonly userId: string;
  readonly transport: Transport;
}

/**
 * The routes of an application under test beside those of the package: one route of each kind that
 * may read the store.
 */
@Controller('clinic')
@UseGuards(SessionGuard, RolesGuard)
export class ClinicController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  login(
    @Body() { userId, transport }: LoginRequest,
    @Exchange() http: HttpExchange,
  ): Promise<LoginResult> {
    return this.sessions.login(http, { userId, transport, claims: { role: 'user' } });
  }

  @Post('confirm')
  @HttpCode(200)
  confirm(@Exchange() http: HttpExchange): Promise<LoginResult> {
    return this.sessions.confirm(http);
  }

  @Get('plain')
  plain(): object {
    return {};
  }

  @Get('user')
  user(@CurrentUser('id') id: string): object {
    return { id };
  }

  @Get('role')
  @Roles('user')
  role(): object {
    return {};
  }

  @Get('session')
  session(@CurrentSession() { handle }: Session): object {
    return { handle };
  }

  @Get('verified')
  @VerifyWithStore()
  verified(): object {
    return {};
  }

  @Get('everything')
  @VerifyWithStore()
  @Roles('user')
  async everything(
    @CurrentSession() session: Session,
    @CurrentUser('id') id: string,
    @Exchange() http: HttpExchange,
  ): Promise<object> {
    return { id, same: (await this.sessions.sessionOf(http)).handle === session.handle };
  }
}
