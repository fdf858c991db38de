import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { CurrentUser, Exchange } from '../auth/decorators.js';
import { Public } from '../auth/metadata.js';
import { SessionGuard } from '../auth/session.guard.js';
import type { Session, SessionUser } from '../core/session.js';
import { answering, type HttpExchange } from '../sessions/http-exchange.js';
import { SessionService } from '../sessions/session.service.js';
import type { TokenPair } from '../sessions/token-issuer.js';
import { TokenService } from '../sessions/token.service.js';
import { BodyPipe, LogoutBody, RefreshBody } from './session-bodies.js';

/** A session as its user sees it in the list. */
export type ListedSession = Pick<
  Session,
  'handle' | 'createdAt' | 'lastSeenAt' | 'expiresAt' | 'device'
> & {
  /** Whether it is the session of this request. */
  readonly current: boolean;
};

@UseGuards(SessionGuard)
class SessionController {
  constructor(
    private readonly sessions: SessionService,
    private readonly tokens: TokenService,
  ) {}

  @Post('refresh')
  @Public()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  refresh(
    @Body(new BodyPipe(RefreshBody)) body: { refreshToken: string },
    @Exchange() http: HttpExchange,
  ): Promise<TokenPair> {
    return answering(http, this.tokens.refresh(body.refreshToken));
  }

  @Post('logout')
  @Public()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async logout(
    @Body(new BodyPipe(LogoutBody)) _body: { refreshToken?: string },
    @Exchange() http: HttpExchange,
  ): Promise<{ message: string }> {
    await this.sessions.logout(http);
    return { message: 'Logged out successfully' };
  }

  @Post('logout-all')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async logoutAll(
    @CurrentUser() user: SessionUser,
    @Exchange() http: HttpExchange,
  ): Promise<{ revoked: number }> {
    return { revoked: await answering(http, this.sessions.revokeUser(user.id)) };
  }

  @Get('sessions')
  @Header('Cache-Control', 'no-store')
  async list(
    @CurrentUser() user: SessionUser,
    @Exchange() http: HttpExchange,
  ): Promise<ListedSession[]> {
    const current = await http.session();
    const sessions = await answering(http, this.sessions.list(user.id));
    return sessions.map(({ handle, createdAt, lastSeenAt, expiresAt, device }) => ({
      handle,
      createdAt,
      lastSeenAt,
      expiresAt,
      device,
      current: handle === current.handle,
    }));
  }

  /** Somebody else's session is not told from one that does not exist (ASVS 8.2.2). */
  @Delete('sessions/:handle')
  @HttpCode(204)
  async end(
    @Param('handle') handle: string,
    @CurrentUser() user: SessionUser,
    @Exchange() http: HttpExchange,
  ): Promise<void> {
    if (!(await answering(http, this.#endOwn(handle, user)))) {
      throw new NotFoundException('Session not found');
    }
  }

  async #endOwn(handle: string, user: SessionUser): Promise<boolean> {
    const session = await this.sessions.find(handle);
    return session?.user.id === user.id && this.sessions.revoke(handle);
  }
}

/** The controller of the kit's routes under `path`. A class of its own for each module, so that nothing is shared. */
export function sessionController(path: string): Type {
  @Controller(path)
  class MountedSessionController extends SessionController {}
  return MountedSessionController;
}
