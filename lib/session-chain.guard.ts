import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  type Type,
} from '@nestjs/common';
import { RecentLoginGuard } from './auth/recent-login.guard.js';
import { RequiresSession } from './auth/requires-session.js';
import { RolesGuard } from './auth/roles.guard.js';
import { SessionGuard } from './auth/session.guard.js';
import { CsrfGuard } from './csrf/csrf.guard.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
import { isSessionController } from './routes/session.controller.js';

/** The controller of this module's own routes; null where they are not mounted. */
export const OWN_CONTROLLER = Symbol('OwnSessionController');

/**
 * All guards of the kit in the order that makes them right, for `globalGuards: true`: a forged request is refused before
 * it spends a budget, and a spent budget before anything is said about a credential. Who sends the request is found out
 * once for all of them.
 */
@Injectable()
@RequiresSession()
export class SessionChainGuard implements CanActivate {
  readonly #chain: readonly CanActivate[];

  constructor(
    csrf: CsrfGuard,
    rateLimit: RateLimitGuard,
    private readonly session: SessionGuard,
    roles: RolesGuard,
    recentLogin: RecentLoginGuard,
    @Inject(OWN_CONTROLLER) private readonly ownController: Type | null,
  ) {
    this.#chain = [csrf, rateLimit, session, roles, recentLogin];
  }

  /** @throws SessionError of the first guard that refuses */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Sockets and messages have nothing to guard by: their handlers stay shut unless they are public.
    if (context.getType() !== 'http') return this.session.canActivate(context);
    if (this.#belongsToAnotherModule(context.getClass())) return true;
    for (const guard of this.#chain) await guard.canActivate(context);
    return true;
  }

  /** Routes of another SessionModule are guarded by their own guards, with the credentials of that module. */
  #belongsToAnotherModule(controller: Type): boolean {
    return isSessionController(controller) && controller !== this.ownController;
  }
}
