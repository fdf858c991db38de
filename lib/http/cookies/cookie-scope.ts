import { isIP } from 'node:net';

/** Distinguishes cookies of one name in a browser (RFC 6265bis section 5.7, CHIPS for `partitioned`). */
export interface CookieScope {
  /** Absent: only this host. */
  readonly domain?: string | undefined;
  readonly path: string;
  readonly partitioned: boolean;
}

/** Paths rarely have more prefixes, and this many can be tried. */
const MAX_PREFIXES = 8;
/** The domains and paths that the npm package `cookie` accepts, without spaces. */
const DOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;
const COOKIE_PATH = /^\/[!-:=-~]*$/;

/**
 * The scopes that a second cookie of a name may have, the likely ones first. A request contains only names and values,
 * so clearing the cookie means trying them all.
 * @param own scope of the cookie that the module sets itself; not part of the result
 * @param hostname of the request
 * @param paths the path of the request and others to which the browser may have sent the cookie
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
  // A change of one option is more likely than of two, so scopes are ranked by their distance from the own one.
  const [, ...others] = scopes.toSorted((a, b) => a.rank - b.rank).map(({ scope }) => scope);
  return [{ ...own, partitioned: !own.partitioned }, ...others];
}

/** `example.com` and `shop.example.com` of `shop.example.com`: apps most often share cookies by the shortest. */
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
