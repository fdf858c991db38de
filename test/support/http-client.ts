import { type IncomingMessage, request } from 'node:http';
import { handedOut } from './credentials.js';

export interface Sent {
  readonly method?: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}

// The body has any type: each assertion checks its shape.
export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

/** Sends one request with fetch and reads the whole answer. */
export async function send<Body = Record<string, unknown>>(
  url: string,
  { method = 'GET', token, json, headers = {} }: Sent = {},
): Promise<Answer<Body>> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  const { status, headers: received } = response;
  const body = parsed(text, received.getSetCookie()) as Body;
  return { status, headers: received, text, body };
}

/**
 * Sends path, query and headers unchanged, which fetch would normalise. Pairs of headers may repeat
 * a name.
 */
export interface RawSent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

export async function sendRaw(origin: string, sent: RawSent): Promise<Omit<Answer, 'headers'>> {
  const { hostname, port, host } = new URL(origin);
  const { method = 'GET', path, headers = [], body = '' } = sent;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const all = ['host', host, 'content-length', `${Buffer.byteLength(body)}`, ...headers];
    request({ hostname, port, method, path, headers: all }, resolve).on('error', reject).end(body);
  });
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  return {
    status: response.statusCode ?? 0,
    text,
    body: parsed(text, response.headers['set-cookie']) as Record<string, unknown>,
  };
}

/**
 * The body of an answer; undefined if it is not JSON. Records the credentials in it and in its
 * cookies.
 */
export function parsed(text: string, setCookies: readonly string[] = []): unknown {
  handedOut.addCookies(setCookies);
  try {
    const body: unknown = JSON.parse(text);
    handedOut.addFrom(body);
    return body;
  } catch {
    return undefined;
  }
}
