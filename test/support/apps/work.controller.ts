import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import {
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  Public,
  type Session,
  SessionService,
  type SessionData,
  type TokenPair,
} from 'nestjs-session-kit';

/** The session data of the tests of faults. */
export type Counted = SessionData & { count?: number };

export interface Opened extends Partial<TokenPair> {
  readonly handle: string;
}

/** An application with one route for each operation on a session. */
@Controller('work')
export class WorkController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  async login(
    @Body() { userId, transport }: { userId: string; transport: 'bearer' | 'cookie' },
    @Exchange() http: HttpExchange,
  ): Promise<Opened> {
    const { session, tokens } = await this.sessions.login(http, { userId, transport });
    return { ...tokens, handle: session.handle };
  }

  @Get('user')
  user(@CurrentUser('id') id: string): object {
    return { id };
  }

  @Get('session')
  session(@CurrentSession() { handle, data }: Session): object {
    return { handle, data };
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
