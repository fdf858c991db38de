import type { ServerResponse } from 'node:http';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { HttpExchange, PresentedCredentials } from '../sessions/http-exchange.js';
import { SessionService } from '../sessions/session.service.js';
import { type AdapterRequest, rawHeadersOf } from './adapter-request.js';
import { BrowserCookies } from './browser-cookies.js';
import { type ExchangeParts, NestHttpExchange } from './nest-http-exchange.js';
import { credentialReader } from './presented-credentials.js';
import { ProxyCheck } from './proxy-check.js';

/**
 * Where the exchange of a request is kept: on its raw headers, which are the same list in middleware, guards and handlers on
 * both adapters. On a request of Express a new property costs 5 us, because Express gives each one a prototype and V8 then a
 * hidden class of its own; a WeakMap costs 15 us on both, because its entries make the garbage of every request expensive.
 */
const EXCHANGE = Symbol('HttpExchange');

type KeepsExchange = readonly string[] & { [EXCHANGE]?: HttpExchange };

/** Makes the exchange of a request, the one place that knows Express from Fastify. */
@Injectable()
export class HttpExchanges {
  /** @internal What a request presents, for those that have no exchange. */
  readonly readCredentials: (request: AdapterRequest) => PresentedCredentials;

  readonly #proxy = new ProxyCheck();

  readonly #parts: ExchangeParts;

  constructor(
    adapterHost: HttpAdapterHost,
    sessions: SessionService,
    cookies: BrowserCookies,
    options: ResolvedOptions,
  ) {
    const readCredentials = credentialReader(options);
    this.readCredentials = (request) => readCredentials(request.headers, rawHeadersOf(request));
    this.#parts = { adapterHost, sessions, cookies, readCredentials };
  }

  /** @throws TypeError for a handler that does not answer HTTP */
  of(context: ExecutionContext): HttpExchange {
    if (context.getType() !== 'http') {
      throw new TypeError(
        `nestjs-session-kit guards HTTP handlers; ${context.getHandler().name} handles ${context.getType()}`,
      );
    }
    const http = context.switchToHttp();
    const request = http.getRequest<AdapterRequest>();
    const rawHeaders: KeepsExchange = rawHeadersOf(request);
    const known = rawHeaders[EXCHANGE];
    if (known) return known;
    // Read once: on Express each read of a property of the request is slow, for the same reason.
    const { headers } = request;
    this.#proxy.look(headers, request);
    const response = http.getResponse<ServerResponse>();
    const exchange = new NestHttpExchange(request, headers, rawHeaders, response, this.#parts);
    rawHeaders[EXCHANGE] = exchange;
    return exchange;
  }
}

/** The exchange that was made for this request, if one was. */
export function knownExchange(request: AdapterRequest): HttpExchange | undefined {
  return (rawHeadersOf(request) as KeepsExchange | undefined)?.[EXCHANGE];
}
