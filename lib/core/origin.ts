/** Ports that an origin leaves out (RFC 6454 section 6.2): browsers never write them, proxies and people do. */
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: ':80', https: ':443' };

/** The one spelling of an origin, as in an `Origin` header: lower case, without the port that its scheme implies. */
export function canonicalOrigin(origin: string): string {
  const lower = origin.toLowerCase();
  const port = DEFAULT_PORTS[lower.slice(0, lower.indexOf(':'))];
  return port !== undefined && lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
}
