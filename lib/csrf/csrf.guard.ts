import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { isPublic } from '../auth/public.decorator.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { RequestStateFactory } from '../http/request-state.js';
import { Authenticator } from '../sessions/authenticator.js';
import { HttpExchangeFactory } from '../http/http-exchange-factory.js';
import { isSafeMethod } from './csrf-decision.js';
import { CsrfService } from './csrf.service.js';
import { skipsCsrf } from './skip-csrf.decorator.js';

/** Refuses unsafe requests that another site could have made the browser send. */
@Injectable()
export class CsrfGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly exchanges: HttpExchangeFactory,
    private readonly requests: RequestStateFactory,
    private readonly authenticator: Authenticator,
    private readonly csrf: CsrfService,
  ) {}

  /** @throws SessionError `CSRF_REJECTED`, `STORE_UNAVAILABLE` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const http = this.exchanges.of(context);
    if (isSafeMethod(http.method) || skipsCsrf(this.reflector, context)) return true;
    // A public route never reads the store, and there may be no session yet.
    if (isPublic(this.reflector, context)) {
      this.csrf.verify(http);
      return true;
    }
    // A bearer token takes precedence; if it is refused, a cookie does not make up for it.
    if (this.requests.of(http).credentials.bearer !== undefined) return true;
    return this.#verified(http);
  }

  async #verified(http: HttpExchange): Promise<boolean> {
    const identity = await this.authenticator.authenticate(http);
    if (identity.authenticated) this.csrf.verifySession(http, identity);
    else if (this.#mayComeFromBrowser(http)) this.csrf.verify(http);
    return true;
  }

  /** A client that sends neither cookies nor browser headers carries nothing that another site could use. */
  #mayComeFromBrowser(http: HttpExchange): boolean {
    return (
      this.requests.of(http).credentials.anyCookie ||
      http.header('origin') !== undefined ||
      http.header('sec-fetch-site') !== undefined
    );
  }
}
