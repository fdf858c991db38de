import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Authenticator } from '../sessions/authenticator.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { type Identity, type RequestState, RequestStateFactory } from '../http/request-state.js';
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
    private readonly requests: RequestStateFactory,
    private readonly authenticator: Authenticator,
  ) {}

  /** @throws SessionError `TOKEN_*`, `SESSION_ENDED`, `STORE_UNAVAILABLE` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (isPublic(this.reflector, context)) return true;
    const http = this.exchanges.of(context);
    const identity = this.authenticator.authenticate(http);
    return 'authenticated' in identity
      ? this.#admits(context, http, identity)
      : identity.then((found) => this.#admits(context, http, found));
  }

  #admits(
    context: ExecutionContext,
    http: HttpExchange,
    identity: Identity,
  ): boolean | Promise<boolean> {
    const state = this.requests.of(http);
    if (!identity.authenticated) throw state.applyErrorHeaders(identity.failure);
    if (!isVerifiedWithStore(this.reflector, context)) return admitted(state);
    return state.session().then(() => admitted(state));
  }
}

function admitted(state: RequestState): true {
  state.admit();
  return true;
}
