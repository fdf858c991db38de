import { type ArgumentsHost, type ExecutionContext, Injectable } from '@nestjs/common';
import type { HttpExchange } from './http-exchange.js';
import { type AdapterRequest, rawHeadersOf } from './adapter/adapter-request.js';
import { type AdapterResponse, NestHttpExchange } from './adapter/nest-http-exchange.js';
import { ProxyCheck } from './adapter/proxy-check.js';

/**
 * The exchange of a request is stored on its raw headers, which are the same list in middleware, guards and handlers on
 * both adapters. On a request of Express a new property costs 5 us, because Express gives each request its own
 * prototype and V8 then creates a hidden class for it; a WeakMap costs 15 us on both, because its entries make garbage
 * collection more expensive for every request.
 *
 * The exchange holds no identity, so modules may share it.
 */
const EXCHANGE = Symbol('HttpExchange');

type KeepsExchange = readonly string[] & { [EXCHANGE]?: NestHttpExchange };

/** Returns the exchange of a request. */
@Injectable()
export class HttpExchangeFactory {
  readonly #proxy = new ProxyCheck();

  /** @throws TypeError for a handler that does not answer HTTP */
  of(context: ExecutionContext): HttpExchange {
    if (typeof (context as ExecutionContext | undefined)?.getType !== 'function') {
      throw new TypeError('context must be an ExecutionContext');
    }
    const exchange = exchangeOf(context);
    if (exchange.headers['x-forwarded-proto'] !== undefined) this.#proxy.check(exchange);
    return exchange;
  }
}

/**
 * The exchange of a request, the same for all callers.
 * @throws TypeError for a handler that does not answer HTTP
 */
export function exchangeOf(context: ExecutionContext): HttpExchange {
  if (context.getType() !== 'http') {
    throw new TypeError(
      `nestjs-session-kit supports HTTP handlers only; ${context.getClass().name}.${context.getHandler().name} handles ${context.getType()}`,
    );
  }
  const http = context.switchToHttp();
  const exchange = exchangeOfRequest(http.getRequest<AdapterRequest>());
  exchange.response ??= http.getResponse<AdapterResponse>();
  return exchange;
}

/**
 * As `exchangeOf`, for a passport strategy, which has no context. On Fastify it has no response either.
 * @throws TypeError if the value is not a request
 */
export function exchangeOfRequest(request: AdapterRequest): NestHttpExchange {
  if (!isRequest(request)) {
    throw new TypeError('nestjs-session-kit needs the request of an HTTP handler');
  }
  const rawHeaders: KeepsExchange = rawHeadersOf(request);
  // Read once: on Express each read of a property of the request is slow, for the same reason.
  rawHeaders[EXCHANGE] ??= new NestHttpExchange(request, request.headers, rawHeaders);
  return rawHeaders[EXCHANGE];
}

/** The exchange of this request if it already exists; undefined in a context that is not HTTP. */
export function knownExchange(host: ArgumentsHost): HttpExchange | undefined {
  if (host.getType() !== 'http') return undefined;
  const request: unknown = host.switchToHttp().getRequest();
  return isRequest(request) ? (rawHeadersOf(request) as KeepsExchange)[EXCHANGE] : undefined;
}

/** Whether the arguments are an HTTP request and its response. */
export function isHttp(host: ArgumentsHost): boolean {
  return host.getType() === 'http' && isRequest(host.switchToHttp().getRequest());
}

/**
 * False for a message of a client, which handlers of other packages receive in place of a request: Nest uses the type
 * `http` if the package sets none. A request is never a plain object.
 */
function isRequest(value: unknown): value is AdapterRequest {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return false;
  return rawHeadersOf(value as AdapterRequest) !== undefined;
}
