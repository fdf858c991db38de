import { canonicalOrigin } from '../core/origin.js';

/** What a request says about where it comes from. Browsers set these headers, and scripts cannot. */
export interface CsrfFacts {
  readonly method: string;
  /** Header `Sec-Fetch-Site`. */
  readonly secFetchSite: string | undefined;
  /** Header `Origin`, read where it decides: browsers send Sec-Fetch-Site. */
  readonly origin: () => string | undefined;
  /** The origin that was asked, in its canonical spelling. */
  readonly ownOrigin: () => string;
  /** Whether a token bound to this browser came with the request. */
  readonly hasToken: boolean;
}

export interface CsrfPolicy {
  readonly require: 'token' | 'origin';
  /** In their canonical spelling. */
  readonly trustedOrigins: ReadonlySet<string>;
}

export type CsrfDecision =
  | { readonly allowed: true; readonly reason: 'safe-method' | 'same-origin' | 'token' }
  | {
      readonly allowed: false;
      readonly reason: 'cross-site' | 'foreign-origin' | 'no-origin' | 'no-token';
    };

/** RFC 9110 section 9.2.1, without TRACE, which no handler answers. Compared as sent: methods have case. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * Whether an unsafe request may proceed (ASVS 3.5.1), in this order:
 * 1. GET, HEAD and OPTIONS change nothing and pass.
 * 2. `Sec-Fetch-Site` of `same-origin`, or `none` (the user typed it), passes the first layer. Any other value is
 *    refused, `same-site` too because a sibling host may be somebody else's, unless the origin is trusted.
 * 3. Without it, `Origin` must be our own, scheme and port included, or a trusted one.
 * 4. With neither, no browser of today sent it: the token decides, and where none is required it is refused.
 * 5. Where a token is required, it must be there: a page of our own can read it and another's cannot.
 */
export function decideCsrf(facts: CsrfFacts, policy: CsrfPolicy): CsrfDecision {
  if (isSafeMethod(facts.method)) return { allowed: true, reason: 'safe-method' };
  if (facts.secFetchSite !== 'same-origin' && facts.secFetchSite !== 'none') {
    const reason = refusalByOrigin(facts, policy);
    if (reason) return { allowed: false, reason };
  }
  if (policy.require === 'origin') return { allowed: true, reason: 'same-origin' };
  return facts.hasToken
    ? { allowed: true, reason: 'token' }
    : { allowed: false, reason: 'no-token' };
}

/** Undefined where the origin is good enough, or only the token can tell. */
function refusalByOrigin(
  facts: CsrfFacts,
  policy: CsrfPolicy,
): 'cross-site' | 'foreign-origin' | 'no-origin' | undefined {
  const sent = facts.origin();
  const origin = sent === undefined ? undefined : canonicalOrigin(sent);
  if (origin !== undefined && policy.trustedOrigins.has(origin)) return undefined;
  if (facts.secFetchSite !== undefined) return 'cross-site';
  if (origin !== undefined) return origin === facts.ownOrigin() ? undefined : 'foreign-origin';
  return policy.require === 'origin' ? 'no-origin' : undefined;
}
