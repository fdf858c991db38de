import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';
import { RecentLoginGuard } from './auth/recent-login.guard.js';
import { RequiresSession } from './auth/route-guards.js';
import { RolesGuard } from './auth/roles.guard.js';
import { SessionGuard } from './auth/session.guard.js';
import { CsrfGuard } from './csrf/csrf.guard.js';
import { rateLimitOf } from './rate-limit/rate-limit.decorator.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';

/**
 * All guards of the package in their required order, for `globalGuards: true`: a forged request is refused before it
 * uses up quota, and a request over the limit is refused before its credentials are judged. The request is
 * authenticated once for all guards.
 *
 * The package does not read credentials outside HTTP yet. In GraphQL, WebSocket and RPC handlers, the chain refuses
 * every handler that is not `@Public()`, and a public one with `@RateLimit()`.
 */
@Injectable()
@RequiresSession()
export class SessionChainGuard implements CanActivate {
  readonly #inHttp: readonly CanActivate[];
  /**
   * Outside HTTP no cookie authenticates, so there is no CSRF; the rate limit in the options applies only to routes.
   */
  readonly #elsewhere: readonly CanActivate[];
  readonly #elsewhereLimited: readonly CanActivate[];

  constructor(
    private readonly reflector: Reflector,
    csrf: CsrfGuard,
    rateLimit: RateLimitGuard,
    session: SessionGuard,
    roles: RolesGuard,
    recentLogin: RecentLoginGuard,
  ) {
    this.#elsewhere = [session, roles, recentLogin];
    this.#elsewhereLimited = [rateLimit, ...this.#elsewhere];
    this.#inHttp = [csrf, ...this.#elsewhereLimited];
  }

  /**
   * @returns false if one of the guards returns false, which only a guard that the application overrides does
   * @throws SessionError of the first guard that refuses
   * @throws TypeError for a handler outside HTTP that requires a session or has a rate limit
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    for (const guard of this.#guardsFor(context)) {
      const answer = await guard.canActivate(context);
      if (!(isObservable(answer) ? await lastValueFrom(answer) : answer)) return false;
    }
    return true;
  }

  #guardsFor(context: ExecutionContext): readonly CanActivate[] {
    if (context.getType() === 'http') return this.#inHttp;
    return rateLimitOf(this.reflector, context) ? this.#elsewhereLimited : this.#elsewhere;
  }
}
