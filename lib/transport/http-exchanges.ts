import type { ServerResponse } from 'node:http';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { HttpExchange, PresentedCredentials } from '../sessions/http-exchange.js';
import { SessionService } from '../sessions/session.service.js';
import type { AdapterRequest } from './adapter-request.js';
import { BrowserCookies } from './browser-cookies.js';
import { type ExchangeParts, NestHttpExchange } from './nest-http-exchange.js';
import { credentialReader } from './presented-credentials.js';
import { ProxyCheck } from './proxy-check.js';

/**
 * Where the exchange of a request is kept: on Node's request, which is the same object in middleware, guards and handlers
 * on both adapters. A property, because a WeakMap would make the garbage of every request expensive to collect.
 */
const EXCHANGE = Symbol('HttpExchange');

interface NodeRequest {
  [EXCHANGE]?: HttpExchange;
}

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
    this.readCredentials = credentialReader(options);
    this.#parts = { adapterHost, sessions, cookies, readCredentials: this.readCredentials };
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
    const known = knownExchange(request);
    if (known) return known;
    this.#proxy.look(request);
    const exchange = new NestHttpExchange(request, http.getResponse<ServerResponse>(), this.#parts);
    nodeRequest(request)[EXCHANGE] = exchange;
    return exchange;
  }
}

/** The exchange that was made for this request, if one was. */
export function knownExchange(request: AdapterRequest): HttpExchange | undefined {
  return nodeRequest(request)[EXCHANGE];
}

function nodeRequest(request: AdapterRequest): NodeRequest {
  return (request.raw ?? request) as NodeRequest;
}
