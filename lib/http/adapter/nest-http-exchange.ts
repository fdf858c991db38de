import type { ServerResponse } from 'node:http';
import { canonicalOrigin } from '../../core/origin.js';
import type { Device } from '../../core/session.js';
import { HttpExchange } from '../http-exchange.js';
import {
  type AdapterRequest,
  clientAddress,
  isSentTwice,
  withFirstForwarded,
} from './adapter-request.js';

const MAX_USER_AGENT_LENGTH = 256;

type HeaderValue = number | string | readonly string[] | undefined;

/** Response of Express, or reply of Fastify. */
export interface AdapterResponse {
  header(name: string, value: string | readonly string[]): unknown;
  /** Express only. */
  append?(name: string, value: string): unknown;
  getHeader(name: string): HeaderValue;
  removeHeader(name: string): unknown;
  /** Fastify only: the response of Node. */
  readonly raw?: ServerResponse;
}

/** The exchange of one request in a Nest application. */
export class NestHttpExchange extends HttpExchange {
  readonly #request: AdapterRequest;
  readonly #headers: AdapterRequest['headers'];
  readonly #rawHeaders: readonly string[];
  #response: AdapterResponse | undefined;

  constructor(
    request: AdapterRequest,
    headers: AdapterRequest['headers'],
    rawHeaders: readonly string[],
  ) {
    super();
    this.#request = request;
    this.#headers = headers;
    this.#rawHeaders = rawHeaders;
  }

  get headers(): AdapterRequest['headers'] {
    return this.#headers;
  }

  get rawHeaders(): readonly string[] {
    return this.#rawHeaders;
  }

  /** Absent until the exchange is requested with an execution context. */
  get response(): AdapterResponse | undefined {
    return this.#response;
  }

  set response(response: AdapterResponse) {
    this.#response = response;
  }

  get method(): string {
    return this.#request.method;
  }

  get path(): string {
    const url = this.#request.originalUrl;
    const query = url.indexOf('?');
    return query < 0 ? url : url.slice(0, query);
  }

  get origin(): string {
    const { protocol, host } = withFirstForwarded(this.#request);
    return canonicalOrigin(`${protocol}://${host}`);
  }

  get device(): Device {
    const ip = clientAddress(this.#request, this.#headers);
    const userAgent = this.#headers['user-agent'];
    return {
      ...(ip !== undefined && { ip }),
      ...(userAgent !== undefined && { userAgent: userAgent.slice(0, MAX_USER_AGENT_LENGTH) }),
    };
  }

  /** Clients in JavaScript send null for a missing value. */
  get refreshToken(): unknown {
    const { body } = this.#request;
    return typeof body === 'object' && body !== null && 'refreshToken' in body
      ? (body.refreshToken ?? undefined)
      : undefined;
  }

  get setCookieCount(): number {
    return [this.#response?.getHeader('set-cookie') ?? []].flat().length;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return typeof value === 'string' && !isSentTwice(name, this.#rawHeaders) ? value : undefined;
  }

  setHeader(name: string, value: string): void {
    this.#response?.header(name, value);
  }

  /** Keeps headers that middleware set on Node's response: a reply of Fastify would replace them. */
  appendHeader(name: string, value: string): void {
    const response = this.#response;
    if (!response) return;
    if (response.append) {
      response.append(name, value);
      return;
    }
    const before = response.getHeader(name) ?? [];
    const values = [before, value].flat().map(String);
    response.removeHeader(name);
    response.header(name, values);
    // A handler that answers on `reply.raw` sends Node's headers. A copy, because a later `header()` adds to its list.
    if (response.raw && !response.raw.headersSent) response.raw.setHeader(name, [...values]);
  }
}
