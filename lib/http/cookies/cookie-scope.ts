import { isIP } from 'node:net';

/** What tells cookies of one name apart in a browser (RFC 6265bis section 5.7, CHIPS for `partitioned`). */
export interface CookieScope {
  /** Absent: this host alone. */
  readonly domain?: string | undefined;
  readonly path: string;
  readonly partitioned: boolean;
}

/** More than one path seldom has, and few enough to be looked through. */
const MAX_PREFIXES = 8;
/** What the package cookie accepts as a domain, and as a path, without spaces. */
const DOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;
const COOKIE_PATH = /^\/[!-:=-~]*$/;

/**
 * The scopes that a second cookie of a name may have, the likely ones first. A request tells names and values alone, so
 * whoever wants to clear it has to try them.
 * @param own scope of the cookie that the module sets itself; it is not among the result
 * @param hostname of the request
 * @param paths the request's and others that the browser may have sent the cookie to
 */
export function otherScopes(
  own: CookieScope,
  hostname: string,
  paths: readonly string[],
): CookieScope[] {
  const domains = unique([own.domain, undefined, ...parentDomains(hostname)]);
  const prefixes = unique([own.path, ...paths.flatMap(pathPrefixes)]);
  const scopes = domains.flatMap((domain, row) =>
    prefixes.map((path, column) => ({ scope: { ...own, domain, path }, rank: row + column })),
  );
  // One option changes more often than two, so the rank is how far a scope is from the own one.
  const [, ...others] = scopes.toSorted((a, b) => a.rank - b.rank).map(({ scope }) => scope);
  return [{ ...own, partitioned: !own.partitioned }, ...others];
}

/** `example.com` and `shop.example.com` of `shop.example.com`: apps share cookies by the shortest most often. */
function parentDomains(hostname: string): string[] {
  if (isIP(hostname) !== 0 || !DOMAIN.test(hostname)) return [];
  const labels = hostname.split('.');
  return labels.slice(1).map((_, i) => labels.slice(-i - 2).join('.'));
}

/** `/`, `/api` and `/api/auth` of `/api/auth`. */
function pathPrefixes(path: string): string[] {
  if (!COOKIE_PATH.test(path)) return ['/'];
  const segments = path.split('/', MAX_PREFIXES).filter((segment) => segment !== '');
  return ['/', ...segments.map((_, i) => `/${segments.slice(0, i + 1).join('/')}`)];
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
