import type { IncomingMessage } from 'node:http';

/** The part of the requests of Express and Fastify that this package uses. */
export interface AdapterRequest {
  readonly method: string;
  /** `http` or `https`; taken from a proxy if the app trusts it. */
  readonly protocol: string;
  /** Host name and port of the request. */
  readonly host: string;
  /** Path and query as the client sent them, before any rewrite. */
  readonly originalUrl: string;
  readonly headers: IncomingMessage['headers'];
  readonly ip?: string | undefined;
  /** Addresses that trusted proxies added. On Fastify undefined if no proxy is trusted. */
  readonly ips?: readonly (string | undefined)[] | undefined;
  /** The application, on Express. */
  readonly app?: { get?(setting: string): unknown };
  /** The application, on Fastify. */
  readonly server?: object;
  readonly socket?: IncomingMessage['socket'];
  readonly body?: unknown;
  /** Of Node's request, which is the same object on Express. */
  readonly rawHeaders?: readonly string[];
  /** Node's request on Fastify. */
  readonly raw?: IncomingMessage;
}

/** Names and values alternately, as sent: one list per request, the same from the first middleware to the handler. */
export function rawHeadersOf(request: AdapterRequest): readonly string[] {
  return request.rawHeaders ?? (request.raw?.rawHeaders as readonly string[]);
}

/** Node keeps only one of several equal headers, or joins them; only the raw list shows duplicates. */
export function isSentTwice(name: string, rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] as string;
    if (header.length === name.length && header.toLowerCase() === name) count++;
  }
  return count > 1;
}

/**
 * Address of the client.
 *
 * A connection through a unix socket has none, and neither adapter can match it with a list of trusted networks. Its
 * other end is a process on this machine. So if the app trusts any proxy, that process is one, and the address is the
 * one that it added to `X-Forwarded-For`.
 */
export function clientAddress(
  request: AdapterRequest,
  headers: AdapterRequest['headers'],
): string | undefined {
  const { ip } = request;
  if (ip !== undefined) return ip;
  const { raw } = request;
  const socket = raw ? raw.socket : request.socket;
  // A closed connection no longer has an address, whatever its kind.
  if (!socket || socket.destroyed || socket.remoteAddress !== undefined) return undefined;
  const trustsProxy = raw ? request.ips !== undefined : Boolean(request.app?.get?.('trust proxy'));
  if (!trustsProxy) return undefined;
  return headers['x-forwarded-for']?.toString().split(',').at(-1)?.trim();
}

const FORWARDED = ['x-forwarded-proto', 'x-forwarded-host'] as const;

/**
 * The request as its adapter should read it if proxies added lists of `X-Forwarded-Proto` and `X-Forwarded-Host`.
 * Express takes the first entry, which is the one the client requested, and Fastify the last. So the adapter sees only
 * the first entry; it still decides itself whether it trusts the sender.
 */
export function withFirstForwarded(request: AdapterRequest): AdapterRequest {
  const { headers } = request;
  const lists = FORWARDED.filter((name) => headers[name]?.includes(','));
  if (lists.length === 0) return request;
  const first = lists.map((name) => [name, String(headers[name]).split(',', 1)[0]?.trim()]);
  const value = { ...headers, ...Object.fromEntries(first) };
  return Object.create(request, { headers: { value } }) as AdapterRequest;
}
