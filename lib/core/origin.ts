/** Ports that an origin omits (RFC 6454 section 6.2): browsers never write them, but proxies and people do. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: ':80', https: ':443' };

/**
 * Returns the canonical form of an origin, as in an `Origin` header: lower case, without the default port of its
 * scheme.
 */
export function canonicalOrigin(origin: string): string {
  const lower = origin.toLowerCase();
  const port = DEFAULT_PORTS[lower.slice(0, lower.indexOf(':'))];
  return port !== undefined && lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
}
