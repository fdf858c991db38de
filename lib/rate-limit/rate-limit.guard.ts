import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { isPublic } from '../auth/metadata.js';
import { perRoute } from '../auth/per-route.js';
import { Clock } from '../core/clock.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { HttpExchange } from '../sessions/http-exchange.js';
import { PresentedSessions } from '../sessions/presented-sessions.js';
import { RequestStates } from '../sessions/request-state.js';
import { SessionService } from '../sessions/session.service.js';
import { HttpExchanges } from '../transport/http-exchanges.js';
import { clientNetwork } from './client-network.js';
import { isLimitedByRefreshToken, rateLimitOf } from './rate-limit.decorator.js';
import { type RateLimitPolicy, RateLimiter, type RateLimitState } from './rate-limiter.js';

/** The budget of a route, and by what it is counted. */
interface RouteLimit {
  readonly policy: RateLimitPolicy;
  readonly by: 'session' | 'refresh-token' | 'network';
}

/** Limits requests by session, else by the network of the client. */
@Injectable()
export class RateLimitGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly exchanges: HttpExchanges,
    private readonly requests: RequestStates,
    private readonly sessions: SessionService,
    private readonly presented: PresentedSessions,
    private readonly limiter: RateLimiter,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {}

  /** @throws SessionError `RATE_LIMITED`, `STORE_UNAVAILABLE` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const limit = this.#limitOf(this.reflector, context);
    if (!limit) return true;
    const http = this.exchanges.of(context);
    const state = this.requests.of(http);
    state.rateLimited ??= this.#consume(http, limit);
    return state.rateLimited;
  }

  readonly #limitOf = perRoute((reflector, context): RouteLimit | undefined => {
    const { rateLimit } = this.options;
    if (rateLimit === false) return undefined;
    const own = rateLimitOf(reflector, context);
    if (!own && !rateLimit.everywhere) return undefined;
    const { limit = rateLimit.limit, windowSeconds = rateLimit.windowSeconds } = own ?? {};
    const shared = own?.limit === undefined && own?.windowSeconds === undefined;
    const name = shared ? 'default' : routeName(context);
    return { policy: { name, limit, windowSeconds }, by: countedBy(reflector, context) };
  });

  async #consume(http: HttpExchange, { policy, by }: RouteLimit): Promise<true> {
    const lineage = by === 'network' ? undefined : await this.#lineage(http, by);
    const key =
      lineage === undefined ? `ip:${clientNetwork(http.device.ip)}` : `session:${lineage}`;
    const state = await this.limiter.consume(policy, key);
    announce(http, policy, state);
    if (state.allowed) return true;
    const { ip } = http.device;
    this.events.emit({ type: 'rate-limit.exceeded', policy: policy.name, lineage, ip });
    throw new SessionError('RATE_LIMITED');
  }

  /** Only a proven session has a budget of its own: a forged id spends the one of its sender's network. */
  async #lineage(http: HttpExchange, by: 'session' | 'refresh-token'): Promise<string | undefined> {
    if (by === 'refresh-token') return this.presented.refreshLineage(http, this.clock.nowMs());
    const identity = await this.sessions.identify(http);
    return identity.authenticated ? identity.lineage : undefined;
  }
}

/** Whose requests count together: where there is no session, those of the client's network. */
function countedBy(reflector: Reflector, context: ExecutionContext): RouteLimit['by'] {
  if (isLimitedByRefreshToken(reflector, context)) return 'refresh-token';
  // Of a public route nothing is fetched.
  return isPublic(reflector, context) ? 'network' : 'session';
}

/** It stands in a header as a string of RFC 9651, which holds printable ASCII without quotes. */
function routeName(context: ExecutionContext): string {
  const name = `${context.getClass().name}.${context.getHandler().name}`;
  return name.replace(/[^\w.$-]/g, '_');
}

/** The fields of draft-ietf-httpapi-ratelimit-headers, and Retry-After (RFC 9110 section 10.2.3). */
function announce(http: HttpExchange, policy: RateLimitPolicy, state: RateLimitState): void {
  const resetSeconds = Math.ceil(state.resetMs / 1000);
  http.setHeader(
    'RateLimit-Policy',
    `"${policy.name}";q=${policy.limit};w=${policy.windowSeconds}`,
  );
  http.setHeader('RateLimit', `"${policy.name}";r=${state.remaining};t=${resetSeconds}`);
  if (!state.allowed) http.setHeader('Retry-After', String(Math.max(1, resetSeconds)));
}
