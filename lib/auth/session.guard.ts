import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Authenticator } from '../sessions/authenticator.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { HttpExchangeFactory } from '../http/http-exchange-factory.js';
import { isPublic } from './public.decorator.js';
import { isVerifiedWithStore } from './verify-with-store.decorator.js';
import { RequiresSession } from './route-guards.js';

/** Lets only requests with a live session pass; `@Public()` routes are open. */
@Injectable()
@RequiresSession()
export class SessionGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly exchanges: HttpExchangeFactory,
    private readonly authenticator: Authenticator,
  ) {}

  /** @throws SessionError `TOKEN_*`, `SESSION_ENDED`, `STORE_UNAVAILABLE` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (isPublic(this.reflector, context)) return true;
    const http = this.exchanges.of(context);
    const identity = this.authenticator.require(http);
    const asksStore = isVerifiedWithStore(this.reflector, context);
    return asksStore || identity instanceof Promise
      ? this.#admitLater(http, identity, asksStore)
      : this.authenticator.admit(http);
  }

  async #admitLater(http: HttpExchange, identity: unknown, asksStore: boolean): Promise<boolean> {
    await identity;
    if (asksStore) await this.authenticator.sessionOf(http);
    return this.authenticator.admit(http);
  }
}
