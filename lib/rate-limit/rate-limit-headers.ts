import type { HttpExchange } from '../http/http-exchange.js';
import type { RateLimitPolicy, RateLimitState } from './rate-limiter.js';

/** Sets the fields of draft-ietf-httpapi-ratelimit-headers. */
export function setRateLimitHeaders(
  http: HttpExchange,
  policy: RateLimitPolicy,
  state: RateLimitState,
): void {
  const { name, limit, windowSeconds } = policy;
  http.setHeader('RateLimit-Policy', `"${name}";q=${limit};w=${windowSeconds}`);
  http.setHeader('RateLimit', `"${name}";r=${state.remaining};t=${secondsUntilReset(state)}`);
}

export function secondsUntilReset({ resetMs }: RateLimitState): number {
  return Math.ceil(resetMs / 1000);
}
