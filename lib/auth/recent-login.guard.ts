import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Clock } from '../core/clock.js';
import { SessionError } from '../core/session-error.js';
import { RequestStateFactory } from '../http/request-state.js';
import { SessionService } from '../sessions/session.service.js';
import { HttpExchangeFactory } from '../http/http-exchange-factory.js';
import { recentLogin } from './require-recent-login.decorator.js';

/** Enforces `@RequireRecentLogin()`. Routes without it pass. */
@Injectable()
export class RecentLoginGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly exchanges: HttpExchangeFactory,
    private readonly requests: RequestStateFactory,
    private readonly sessions: SessionService,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws SessionError `RECENT_LOGIN_REQUIRED` with the challenge of RFC 9470 section 3, and as `SessionGuard` for an
   * anonymous request
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const required = recentLogin(this.reflector, context);
    if (!required) return true;
    const http = this.exchanges.of(context);
    const state = this.requests.of(http);
    const identity = await this.sessions.identify(http);
    if (!identity.authenticated) throw state.applyErrorHeaders(identity.failure);
    const ageMs = this.clock.nowMs() - identity.authenticatedAtMs;
    if (ageMs <= required.maxAgeSeconds * 1000) {
      state.admit();
      return true;
    }
    const error = new SessionError('RECENT_LOGIN_REQUIRED');
    http.setHeader(
      'WWW-Authenticate',
      `Bearer error="insufficient_user_authentication", error_description="${error.message}", max_age="${required.maxAgeSeconds}"`,
    );
    throw error;
  }
}
