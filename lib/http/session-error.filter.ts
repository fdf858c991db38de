import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Module,
  type NestModule,
  type Type,
} from '@nestjs/common';
import {
  type AbstractHttpAdapter,
  BaseExceptionFilter,
  HttpAdapterHost,
  ModuleRef,
} from '@nestjs/core';
import { SessionError } from '../core/session-error.js';
import { type ApplicationConfig, applicationConfigOf } from './adapter/application-config.js';
import { isHttp, knownExchange } from './http-exchange-factory.js';

/** The metadata key under which `@Catch()` stores its types. */
const CAUGHT_TYPES = '__filterCatchExceptions__';

/**
 * Sets the response headers of a SessionError, whether a guard, a pipe, a handler or a service threw it. The response
 * itself is left to the filter that would answer without this one.
 *
 * Not an interceptor, which does not cover guards, and whose mere presence adds 6 us to each request of an application.
 */
@Catch(SessionError)
class SessionErrorFilter implements ExceptionFilter<SessionError> {
  readonly #default: BaseExceptionFilter;

  constructor(
    private readonly adapter: AbstractHttpAdapter,
    private readonly config: ApplicationConfig,
  ) {
    this.#default = new BaseExceptionFilter(adapter);
  }

  catch(error: SessionError, host: ArgumentsHost): unknown {
    const answersHttp = isHttp(host);
    if (answersHttp) this.#setHeaders(error, host);
    // The last one registered takes precedence, as in Nest.
    const filter = this.config
      .getGlobalFilters()
      .findLast((other) => other !== this && catches(other, error));
    if (filter) return filter.catch(error, host);
    // Outside HTTP, Nest handles an error for which a filter returns undefined.
    return answersHttp ? this.#default.catch(error, host) : undefined;
  }

  #setHeaders(error: SessionError, host: ArgumentsHost): void {
    const response: unknown = host.switchToHttp().getResponse();
    if (this.adapter.isHeadersSent(response)) return;
    for (const [name, value] of Object.entries(error.headers)) {
      if (name === 'WWW-Authenticate' && !isChallenged(error, host)) continue;
      this.adapter.setHeader(response, name, value);
    }
  }
}

/** A page that sent a cookie cannot use a challenge for a bearer token. */
function isChallenged(error: SessionError, host: ArgumentsHost): boolean {
  if (error.code === 'RECENT_LOGIN_REQUIRED') return true;
  const states = knownExchange(host)?.states ?? [];
  return !states.some(
    ({ credentials: { bearer, secret, accessCookie } }) =>
      bearer === undefined && (secret !== undefined || accessCookie !== undefined),
  );
}

/** By `@Catch()`: a filter without types catches every error. */
function catches({ constructor }: ExceptionFilter, error: SessionError): boolean {
  const types = (Reflect.getMetadata(CAUGHT_TYPES, constructor) ?? []) as Type[];
  return types.length === 0 || types.some((type) => error instanceof type);
}

/**
 * Registers the filter. A separate module, which Nest creates once regardless of how many modules import it.
 */
@Module({})
export class SessionErrorModule implements NestModule {
  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  /**
   * Nest calls it after `useGlobalFilters()` and before it registers routes, so this filter takes precedence over the
   * other global ones.
   */
  configure(): void {
    const config = applicationConfigOf(this.moduleRef);
    config?.useGlobalFilters(new SessionErrorFilter(this.adapterHost.httpAdapter, config));
  }
}
