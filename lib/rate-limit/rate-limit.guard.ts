import { type CanActivate, type ExecutionContext, Injectable, Logger } from '@nestjs/common';
import { ModuleRef, ModulesContainer, Reflector } from '@nestjs/core';
import { isPublic } from '../auth/public.decorator.js';
import { cachePerRoute } from '../auth/route-metadata.js';
import { globalGuardsOf, requiresSession } from '../auth/route-guards.js';
import { Clock } from '../core/clock.js';
import { digest128 } from '../core/digest.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.service.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { isSecret } from '../rules/handle.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { CredentialSessionResolver } from '../http/credential-session-resolver.js';
import { RequestStateFactory } from '../http/request-state.js';
import { Authenticator } from '../sessions/authenticator.js';
import { HttpExchangeFactory } from '../http/http-exchange-factory.js';
import { clientNetwork } from './client-network.js';
import { policyName } from './policy-name.js';
import { secondsUntilReset, setRateLimitHeaders } from './rate-limit-headers.js';
import { isLimitedByCredential, rateLimitOf } from './rate-limit.decorator.js';
import { type RateLimitPolicy, RateLimiter, type RateLimitState } from './rate-limiter.js';

/** The quota of a route, and the key by which its requests are counted. */
interface RouteLimit {
  readonly policy: RateLimitPolicy;
  readonly by: CountedBy;
}

/**
 * - `network`: by the network of the client.
 * - `session`: by the session of the request, or by the network if there is none.
 * - `session-and-network`: both have a quota, and each can refuse.
 * - `credential`: as `session`, without a read of the store if possible.
 */
type CountedBy = 'network' | 'session' | 'session-and-network' | 'credential';

/** Limits requests by session, or by the network of the client. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  readonly #logger = new Logger('RateLimitGuard');
  #isWarned = false;

  constructor(
    private readonly reflector: Reflector,
    private readonly exchanges: HttpExchangeFactory,
    private readonly requests: RequestStateFactory,
    private readonly authenticator: Authenticator,
    private readonly resolver: CredentialSessionResolver,
    private readonly limiter: RateLimiter,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
    private readonly modules: ModulesContainer,
    private readonly moduleRef: ModuleRef,
  ) {}

  /** @throws SessionError `RATE_LIMITED`, `STORE_UNAVAILABLE` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const limit = this.#limitOf(this.reflector, context);
    if (!limit) return true;
    const http = this.exchanges.of(context);
    const state = this.requests.of(http);
    state.rateLimited ??= this.#consume(context, http, limit);
    return state.rateLimited;
  }

  /**
   * Override it to count requests by a key of the application, such as an API key or a tenant, instead of the session
   * or the network of the client. Only a digest of the key is stored.
   * @returns undefined to count the request by session or network
   */
  protected getTracker(
    _context: ExecutionContext,
  ): string | undefined | Promise<string | undefined> {
    return undefined;
  }

  readonly #limitOf = cachePerRoute((reflector, context): RouteLimit | undefined => {
    const { rateLimit } = this.options;
    if (rateLimit === false) return undefined;
    const own = rateLimitOf(reflector, context);
    if (own === false || (!own && !rateLimit.everywhere)) return undefined;
    const { limit = rateLimit.limit, windowSeconds = rateLimit.windowSeconds } = own ?? {};
    const shared = own?.limit === undefined && own?.windowSeconds === undefined;
    const name = shared ? 'default' : policyName(this.modules, context);
    return { policy: { name, limit, windowSeconds }, by: this.#countedBy(reflector, context) };
  });

  #countedBy(reflector: Reflector, context: ExecutionContext): CountedBy {
    if (isLimitedByCredential(reflector, context)) return 'credential';
    // A public route does not read the store.
    if (isPublic(reflector, context)) return 'network';
    const globalGuards = globalGuardsOf(this.moduleRef);
    return requiresSession(reflector, context, globalGuards) ? 'session' : 'session-and-network';
  }

  async #consume(
    context: ExecutionContext,
    http: HttpExchange,
    { policy, by }: RouteLimit,
  ): Promise<true> {
    const tracker = await this.getTracker(context);
    const { state, lineage } = await this.#consumption(http, policy, by, tracker);
    setRateLimitHeaders(http, policy, state);
    if (state.allowed) return true;
    const { ip } = http.device;
    this.events.emit({ type: 'rate-limit.exceeded', policy: policy.name, lineage, ip });
    // RFC 9110 section 10.2.3.
    throw new SessionError('RATE_LIMITED', {
      'Retry-After': String(Math.max(1, secondsUntilReset(state))),
    });
  }

  async #consumption(
    http: HttpExchange,
    policy: RateLimitPolicy,
    by: CountedBy,
    tracker: string | undefined,
  ): Promise<Consumption> {
    if (tracker !== undefined) {
      const state = await this.limiter.consume(policy, `tracker:${digest128(tracker)}`);
      return { state };
    }
    return by === 'credential'
      ? this.#consumeByCredential(http, policy)
      : this.#consumeByKind(http, policy, by);
  }

  async #consumeByKind(
    http: HttpExchange,
    policy: RateLimitPolicy,
    by: Exclude<CountedBy, 'credential'>,
  ): Promise<Consumption> {
    const lineage = by === 'network' ? undefined : await this.#lineage(http);
    const own =
      lineage === undefined ? undefined : this.limiter.consume(policy, `session:${lineage}`);
    if (own && (by === 'session' || this.#isAdmitted(http))) return { state: await own, lineage };
    const shared = this.limiter.consume(policy, this.#networkKey('ip', http));
    return { state: own ? strictest(await own, await shared) : await shared, lineage };
  }

  /**
   * A token proves its session by its signature. A session cookie proves nothing without the store, and a client can
   * invent one for each request. So it is counted for the network, apart from requests without a cookie. The store is
   * read only when that quota is exhausted: a live session then has its own quota, and an invented cookie is refused.
   */
  async #consumeByCredential(http: HttpExchange, policy: RateLimitPolicy): Promise<Consumption> {
    const lineage = this.resolver.provenLineage(http, this.clock.nowMs());
    if (lineage !== undefined) {
      return { state: await this.limiter.consume(policy, `session:${lineage}`), lineage };
    }
    const hasCookie = isSecret(this.requests.of(http).credentials.secret);
    const key = this.#networkKey(hasCookie ? 'cookie' : 'ip', http);
    const state = await this.limiter.consume(policy, key);
    if (state.allowed || !hasCookie) return { state };
    const read = await this.#lineage(http);
    if (read === undefined) return { state };
    return { state: await this.limiter.consume(policy, `session:${read}`), lineage: read };
  }

  /**
   * A guard before this one admitted the request, such as `AuthGuard('jwt')` with `JwtStrategy`, so it is not
   * anonymous.
   */
  #isAdmitted(http: HttpExchange): boolean {
    return http.authenticatedBy === this.requests.of(http);
  }

  /** `cookie` counts requests with a session cookie separately from the other requests of their network. */
  #networkKey(kind: 'ip' | 'cookie', http: HttpExchange): string {
    const { ip } = http.device;
    if (ip === undefined && !this.#isWarned) {
      this.#isWarned = true;
      this.#logger.warn(
        "requests come without an address, so all clients share one rate limit; behind a proxy that uses a unix socket, trust it: app.set('trust proxy', 1) on Express, trustProxy: (address) => address === undefined on Fastify",
      );
    }
    return `${kind}:${clientNetwork(ip)}`;
  }

  /** Only a live session has a quota of its own. */
  async #lineage(http: HttpExchange): Promise<string | undefined> {
    const identity = await this.authenticator.authenticate(http);
    return identity.authenticated ? identity.lineage : undefined;
  }
}

/** The remaining quota after a request, and the session for which it was counted. */
interface Consumption {
  readonly state: RateLimitState;
  readonly lineage?: string | undefined;
}

/** The state that refuses, otherwise the one with less remaining. */
function strictest(one: RateLimitState, other: RateLimitState): RateLimitState {
  if (one.allowed !== other.allowed) return one.allowed ? other : one;
  return other.remaining < one.remaining ? other : one;
}
