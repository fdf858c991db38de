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
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { Exchange } from '../http/exchange.decorator.js';
import { Public } from '../auth/public.decorator.js';
import { SessionGuard } from '../auth/session.guard.js';
import { SessionError } from '../core/session-error.js';
import type { Session, SessionUser } from '../core/session.js';
import { CsrfGuard } from '../csrf/csrf.guard.js';
import { CsrfService } from '../csrf/csrf.service.js';
import { SkipCsrf } from '../csrf/skip-csrf.decorator.js';
import { RateLimit, RateLimitByCredential } from '../rate-limit/rate-limit.decorator.js';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { RequestStateFactory } from '../http/request-state.js';
import { type SessionReference, SessionRevoker } from '../revocation/session-revoker.js';
import { SessionService } from '../sessions/session.service.js';
import type { TokenPair } from '../rules/token-pair.js';
import { RequestSessions } from '../sessions/request-sessions.js';
import { TokenRefresher } from '../sessions/token-refresher.js';
import { KitRoute } from '../http/adapter/route-mark.js';
import { RefreshTokenPipe } from './refresh-token.pipe.js';

/** A session in the list that its user receives. */
export type ListedSession = Pick<
  Session,
  'handle' | 'createdAt' | 'lastSeenAt' | 'expiresAt' | 'device'
> & {
  /** Whether it is the session of this request. */
  readonly current: boolean;
};

@RateLimit()
@UseGuards(CsrfGuard, RateLimitGuard, SessionGuard)
class SessionController {
  constructor(
    private readonly requests: RequestStateFactory,
    private readonly sessions: SessionService,
    private readonly ofRequests: RequestSessions,
    private readonly refresher: TokenRefresher,
    private readonly revoker: SessionRevoker,
    private readonly csrf: CsrfService,
  ) {}

  /**
   * A token from a cookie is answered by cookie (ASVS 10.1.1), and only such a request can be forged by another site.
   */
  protected async refreshBy(
    refreshToken: string | undefined,
    http: HttpExchange,
  ): Promise<TokenPair | { expiresIn: number }> {
    const state = this.requests.of(http);
    const { refreshCookie, allCookies, ambiguous } = state.credentials;
    // After a change of `cookie.refreshPath` only this route gets both cookies; a login elsewhere cannot clear them.
    if (allCookies.refresh.length > 1) state.clearCookies(['refresh']);
    if (ambiguous || (refreshToken !== undefined && refreshCookie !== undefined)) {
      throw new SessionError('TOKEN_INVALID');
    }
    if (refreshToken !== undefined) {
      return (await this.refresher.refresh(refreshToken, { ip: http.device.ip })).tokens;
    }
    if (refreshCookie === undefined) throw new SessionError('REFRESH_TOKEN_REQUIRED');
    this.csrf.verify(http);
    return { expiresIn: await this.ofRequests.refreshCookies(http, refreshCookie) };
  }

  /** Without a cookie another site has no session to end, and another site cannot send a bearer token. */
  @Post('logout')
  @KitRoute()
  @Public()
  @SkipCsrf()
  @RateLimitByCredential()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async logout(
    @Body(new RefreshTokenPipe()) _body: { refreshToken?: string },
    @Exchange() http: HttpExchange,
  ): Promise<{ message: string }> {
    const { bearer, anyCookie } = this.requests.of(http).credentials;
    if (anyCookie && bearer === undefined) this.csrf.verify(http);
    await this.sessions.logout(http);
    return { message: 'Logged out successfully' };
  }

  @Get('csrf-token')
  @Public()
  @RateLimitByCredential()
  csrfToken(@Exchange() http: HttpExchange): { csrfToken: string } {
    return { csrfToken: this.csrf.issue(http) };
  }

  @Post('logout-all')
  @KitRoute()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async logoutAll(
    @CurrentUser() user: SessionUser,
    @Exchange() http: HttpExchange,
  ): Promise<{ revoked: number }> {
    const ended = { by: 'user', ip: http.device.ip } as const;
    return { revoked: await this.revoker.revokeByUser(user.id, ended) };
  }

  @Get('sessions')
  @Header('Cache-Control', 'no-store')
  async list(
    @CurrentUser() user: SessionUser,
    @Exchange() http: HttpExchange,
  ): Promise<ListedSession[]> {
    const current = await this.sessions.sessionOf(http);
    const sessions = await this.sessions.list(user.id);
    return sessions.map(({ handle, createdAt, lastSeenAt, expiresAt, device }) => ({
      handle,
      createdAt,
      lastSeenAt,
      expiresAt,
      device,
      current: handle === current.handle,
    }));
  }

  /** The session of another user is answered like one that does not exist (ASVS 8.2.2). */
  @Delete('sessions/:handle')
  @KitRoute()
  @HttpCode(204)
  async end(
    @Param('handle') handle: string,
    @CurrentUser() user: SessionUser,
    @Exchange() http: HttpExchange,
  ): Promise<void> {
    const ended = { by: 'user', ip: http.device.ip } as const;
    const name: SessionReference = { handle, userId: user.id, isUnproven: true };
    if (!(await this.revoker.revoke(name, ended))) {
      throw new NotFoundException('Session not found');
    }
  }
}

/**
 * The controller of the package's routes under `path`, for every API version of the app: refresh cookies and clients
 * use one path. Each module gets its own class, so that nothing is shared.
 * @param mark marks the route `refresh` of this module, which `MountedRoutes` looks up
 */
export function sessionController(path: string, mark: symbol): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  class MountedSessionController extends SessionController {
    // Not inherited, because a mark is set on the function and modules would share it.
    @Post('refresh')
    @KitRoute(mark)
    @Public()
    @SkipCsrf()
    @RateLimitByCredential()
    @HttpCode(200)
    @Header('Cache-Control', 'no-store')
    refresh(
      @Body(new RefreshTokenPipe()) { refreshToken }: { refreshToken?: string },
      @Exchange() http: HttpExchange,
    ): Promise<TokenPair | { expiresIn: number }> {
      return this.refreshBy(refreshToken, http);
    }
  }
  return MountedSessionController;
}
