import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SessionService } from '../sessions/session.service.js';
import { HttpExchanges } from '../transport/http-exchanges.js';
import { isPublic, isVerifiedWithStore } from './metadata.js';

/** Lets only requests with a live session pass; `@Public()` routes are open. */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly exchanges: HttpExchanges,
    private readonly sessions: SessionService,
  ) {}

  /** @throws SessionError `TOKEN_*`, `SESSION_ENDED`, `STORE_UNAVAILABLE` */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (isPublic(this.reflector, context)) return true;
    const http = this.exchanges.of(context);
    const identity = await this.sessions.identify(http);
    if (!identity.authenticated) throw http.refusal(identity.failure);
    if (isVerifiedWithStore(this.reflector, context)) await http.session();
    return true;
  }
}
