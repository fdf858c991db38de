import { inspect } from 'node:util';
import type { IncomingHttpHeaders } from 'node:http';
import type { Device } from '../core/session.js';
import type { RequestState } from './request-state.js';

/**
 * One request with its response, the same on Express and Fastify. A handler gets it from `@Exchange()`.
 *
 * It is independent of every `SessionModule`: it knows neither cookie names nor identities. Each module keeps its own
 * `RequestState` of a request, so several modules in one application never see each other's users.
 */
export abstract class HttpExchange {
  // No field is enumerable, here and in subclasses: pipes of the app receive the exchange, and some of them log or
  // traverse their input.
  readonly #states: RequestState[] = [];
  #authenticatedBy: RequestState | undefined;

  abstract readonly method: string;
  /** Requested path without the query. */
  abstract readonly path: string;
  /** Requested scheme, host and port, as in an `Origin` header. Proxy headers are used only from a trusted proxy. */
  abstract readonly origin: string;
  /** Address and user agent of the client. Proxy headers are used only from a trusted proxy. */
  abstract readonly device: Device;
  /** Field `refreshToken` of the body, of any type. */
  abstract readonly refreshToken: unknown;
  /** @internal Request headers as Node parsed them. */
  abstract readonly headers: IncomingHttpHeaders;
  /** @internal Names and values alternately, as sent. */
  abstract readonly rawHeaders: readonly string[];

  /** A request header by its lower-case name; undefined if it is absent or was sent several times. */
  abstract header(name: string): string | undefined;

  /** Sets a response header and replaces its previous value. */
  abstract setHeader(name: string, value: string): void;

  /** Adds a value to a response header. */
  abstract appendHeader(name: string, value: string): void;

  /** @internal Number of `Set-Cookie` headers that the response has so far, from any source. */
  abstract readonly setCookieCount: number;

  /** @internal One entry for each module that accessed the request. */
  get states(): RequestState[] {
    return this.#states;
  }

  /**
   * @internal State of the module that last authenticated the request. `@CurrentUser()` and `@CurrentSession()` use it.
   * Guards that do not authenticate (CSRF, rate limit) never set it.
   */
  get authenticatedBy(): RequestState | undefined {
    return this.#authenticatedBy;
  }

  /** @internal */
  set authenticatedBy(state: RequestState) {
    this.#authenticatedBy = state;
  }

  /** @internal Logging a request must not reveal its session. */
  [inspect.custom](): string {
    return 'HttpExchange';
  }
}
