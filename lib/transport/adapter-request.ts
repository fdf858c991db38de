import type { IncomingMessage } from 'node:http';

/** What the requests of Express and Fastify have in common, as far as it is used here. */
export interface AdapterRequest {
  readonly method: string;
  /** `http` or `https`; a proxy's word where the app trusts it. */
  readonly protocol: string;
  /** Name and port the client asked. */
  readonly host: string;
  readonly headers: IncomingMessage['headers'];
  readonly ip?: string | undefined;
  readonly body?: unknown;
  /** Of Node's request, which on Express is this one. */
  readonly rawHeaders?: readonly string[];
  /** Where Fastify keeps Node's request. */
  readonly raw?: IncomingMessage;
}

/** Names and values in turn, as they were sent: one list for each request, the same from the first middleware to the handler. */
export function rawHeadersOf(request: AdapterRequest): readonly string[] {
  return request.rawHeaders ?? (request.raw?.rawHeaders as readonly string[]);
}

/** Node keeps one of several equal headers, or joins them; only the raw list shows that there were several. */
export function isSentTwice(name: string, rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] as string;
    if (header.length === name.length && header.toLowerCase() === name) count++;
  }
  return count > 1;
}
