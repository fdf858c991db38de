import type { ServerResponse } from 'node:http';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpExchange } from '../sessions/http-exchange.js';
import { SessionService } from '../sessions/session.service.js';
import { type AdapterRequest, NestHttpExchange } from './nest-http-exchange.js';

/**
 * One exchange for each request. Keyed by Node's request, which is the same object in middleware, guards and handlers
 * on both adapters, and forgotten with it.
 */
const exchanges = new WeakMap<object, HttpExchange>();

/** Makes the exchange of a request, the one place that knows Express from Fastify. */
@Injectable()
export class HttpExchanges {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly sessions: SessionService,
  ) {}

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
    const response = http.getResponse<ServerResponse>();
    const { httpAdapter } = this.adapterHost;
    const exchange = new NestHttpExchange(request, this.sessions, (name, value) => {
      httpAdapter.setHeader(response, name, value);
    });
    exchanges.set(request.raw ?? request, exchange);
    return exchange;
  }
}

/** The exchange that was made for this request, if one was. */
export function knownExchange(request: AdapterRequest): HttpExchange | undefined {
  return exchanges.get(request.raw ?? request);
}
