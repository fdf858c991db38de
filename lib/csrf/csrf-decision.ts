import { canonicalOrigin } from '../core/origin.js';

/** The origin information of a request. Browsers set these headers, and scripts cannot. */
export interface CsrfFacts {
  readonly method: string;
  /** Header `Sec-Fetch-Site`. */
  readonly secFetchSite: string | undefined;
  /** Header `Origin`, read only if needed: browsers send Sec-Fetch-Site. */
  readonly origin: () => string | undefined;
  /** The origin of the requested URL, in its canonical spelling. */
  readonly ownOrigin: () => string;
  /** Whether the request contains a token bound to this browser. */
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
 * 2. `Sec-Fetch-Site` of `same-origin`, or `none` (the user typed the URL), passes the first layer. Any other value is
 *    refused unless the origin is trusted, including `same-site`, because a sibling host may belong to another party.
 * 3. Without it, `Origin` must be the app's own, including scheme and port, or a trusted one.
 * 4. Without both, the request is not from a current browser: the token decides, and if none is required, the request
 *    is refused.
 * 5. If a token is required, it must be present: a page of the app can read it and a page of another site cannot.
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

/** Undefined if the origin is accepted, or only the token can decide. */
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
