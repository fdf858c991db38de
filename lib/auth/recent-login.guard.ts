import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Clock } from '../core/clock.js';
import { SessionError } from '../core/session-error.js';
import { Authenticator } from '../sessions/authenticator.js';
import { HttpExchangeFactory } from '../http/http-exchange-factory.js';
import { recentLogin } from './require-recent-login.decorator.js';

/** Enforces `@RequireRecentLogin()`. Routes without it pass. */
@Injectable()
export class RecentLoginGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly exchanges: HttpExchangeFactory,
    private readonly authenticator: Authenticator,
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
    const { authenticatedAtMs } = await this.authenticator.require(http);
    const ageMs = this.clock.nowMs() - authenticatedAtMs;
    if (ageMs <= required.maxAgeSeconds * 1000) return this.authenticator.admit(http);
    throw new SessionError('RECENT_LOGIN_REQUIRED', {
      'WWW-Authenticate': `Bearer error="insufficient_user_authentication", error_description="Recent login required", max_age="${required.maxAgeSeconds}"`,
    });
  }
}
