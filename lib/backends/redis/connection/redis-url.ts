/** The parts of a Redis URL, without the password. */
export interface RedisUrl {
  readonly host: string;
  readonly port: number;
  /** As in `/0`; empty if the URL names none. */
  readonly database: string;
}

/**
 * Parses a Redis URL, as in `redis://user:password@host:6379/0`.
 * @returns undefined for an ambiguous URL. A `/`, `?` or `#` in a password that is not percent-encoded ends the host,
 * so that a part of the password would be read as the host, and be shown.
 */
export function parseRedisUrl(url: unknown): RedisUrl | undefined {
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(url);
  if (!['redis:', 'rediss:'].includes(protocol) || hostname === '') return undefined;
  if (!/^(\/\d*)?$/.test(pathname) || search.includes('@') || hash !== '') return undefined;
  if (!isDecodable(username) || !isDecodable(password)) return undefined;
  const database = pathname === '/' ? '' : pathname;
  return { host: hostname, port: Number(port) || 6379, database };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
