import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { randomId } from '../core/random.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.service.js';
import { KeyRing } from '../jwt/key-ring.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { HttpExchange } from '../http/http-exchange.js';
import {
  type AuthenticatingCookie,
  CredentialSessionResolver,
} from '../http/credential-session-resolver.js';
import { type AuthenticatedIdentity, RequestStateFactory } from '../http/request-state.js';
import { TokenCache } from '../jwt/token-cache.js';
import { decideCsrf } from './csrf-decision.js';
import { type CsrfBinding, isCsrfToken, makeCsrfToken } from './csrf-token.js';

/** A value that the kit may have set; others are replaced. */
const CSRF_COOKIE = /^[\w-]{22}$/;

/** Issues and verifies CSRF tokens. */
@Injectable()
export class CsrfService {
  readonly #cache: TokenCache<CsrfBinding>;

  constructor(
    private readonly requests: RequestStateFactory,
    private readonly keys: KeyRing,
    private readonly resolver: CredentialSessionResolver,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {
    this.#cache = new TokenCache(options.tokens.verifiedCacheSize);
  }

  /**
   * The CSRF token for the browser of this request, to be sent back in the header `X-CSRF-Token`. The token stays the
   * same for a whole session, with a new spelling each time. It is bound to the access cookie, otherwise to the session
   * cookie. Without either, or if they were sent twice or are not from this app, it is bound to a separate cookie,
   * which is set if the browser has none; `verify` accepts such a token, as on public routes and for a refresh and a
   * logout.
   */
  issue(http: HttpExchange): string {
    const binding = this.#bindTo(http);
    http.setHeader('Cache-Control', 'no-store');
    return makeCsrfToken(this.keys.csrf[0], binding);
  }

  /**
   * Checks the request as if a cookie authenticated it, regardless of its actual credential. Accepts a token from
   * before login as well.
   * @throws SessionError `CSRF_REJECTED`
   */
  verify(http: HttpExchange): void {
    const bindings = [this.#session(http), this.#browser(http)];
    this.#check(
      http,
      bindings.filter((one) => one !== undefined),
    );
  }

  /**
   * @internal As `verify`, but accepts only the token of the session that authenticated the request.
   * @throws SessionError `CSRF_REJECTED`
   */
  verifySession(http: HttpExchange, identity: AuthenticatedIdentity): void {
    this.#check(http, [bindingOf(identity)]);
  }

  #check(http: HttpExchange, bindings: readonly CsrfBinding[]): void {
    const { csrf } = this.options;
    const facts = {
      method: http.method,
      secFetchSite: http.header('sec-fetch-site'),
      origin: () => http.header('origin'),
      ownOrigin: () => http.origin,
      hasToken: this.#isBound(http.header(csrf.headerName), bindings),
    };
    const decision = decideCsrf(facts, csrf);
    if (decision.allowed) return;
    this.events.emit({ type: 'csrf.rejected', reason: decision.reason, ip: http.device.ip });
    throw new SessionError('CSRF_REJECTED');
  }

  /** Pages reuse one token for all requests, so verified tokens are cached. */
  #isBound(token: string | undefined, bindings: readonly CsrfBinding[]): boolean {
    if (token === undefined) return false;
    const known = this.#cache.get(token);
    if (known !== undefined && bindings.includes(known)) return true;
    const binding = bindings.find((one) => isCsrfToken(token, this.keys.csrf, one));
    if (binding !== undefined) this.#cache.set(token, binding);
    return binding !== undefined;
  }

  #bindTo(http: HttpExchange): CsrfBinding {
    const known = this.#session(http) ?? this.#browser(http);
    if (known) return known;
    const value = randomId();
    this.requests.of(http).setCsrfCookie(value);
    return `browser:${value}`;
  }

  #session(http: HttpExchange): CsrfBinding | undefined {
    const cookie = this.resolver.authenticatingCookie(http, this.clock.nowMs());
    return cookie && bindingOf(cookie);
  }

  #browser(http: HttpExchange): CsrfBinding | undefined {
    const { csrfCookie } = this.requests.of(http).credentials;
    return csrfCookie !== undefined && CSRF_COOKIE.test(csrfCookie)
      ? `browser:${csrfCookie}`
      : undefined;
  }
}

/** The binding is the same for a cookie by itself and for the identity that it proves after the store was read. */
function bindingOf(proof: AuthenticatingCookie | AuthenticatedIdentity): CsrfBinding {
  if (proof.transport === 'cookie') return `session:${proof.handle}`;
  return `login:${proof.lineage}:${Math.floor(proof.authenticatedAtMs / 1000)}`;
}
