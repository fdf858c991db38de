import { inspect } from 'node:util';
import type { IncomingHttpHeaders } from 'node:http';
import type { Device } from '../core/session.js';
import type { RequestState } from './request-state.js';

/**
 * One request with its response, the same on Express and Fastify. A handler gets it from `@Exchange()`.
 *
 * It belongs to no `SessionModule`: it knows neither cookie names nor identities. Each module keeps what it learns about a
 * request in a `RequestState` of its own, so several modules in one application never see each other's users.
 */
export abstract class HttpExchange {
  // No field can be enumerated, here and in subclasses: pipes of the app get the exchange, and some of them log what they
  // get or walk through it.
  readonly #states: RequestState[] = [];
  #authenticatedBy: RequestState | undefined;

  abstract readonly method: string;
  /** Path that the client asked, without the query. */
  abstract readonly path: string;
  /** Scheme, host and port the client asked, as in an `Origin` header. Proxy headers count only from a trusted proxy. */
  abstract readonly origin: string;
  /** Address and user agent of the client. Proxy headers count only from a trusted proxy. */
  abstract readonly device: Device;
  /** Field `refreshToken` of the body, whatever its type. */
  abstract readonly refreshToken: unknown;
  /** @internal Request headers as Node parsed them. */
  abstract readonly headers: IncomingHttpHeaders;
  /** @internal Names and values in turn, as they were sent. */
  abstract readonly rawHeaders: readonly string[];

  /** A request header by its lower-case name; undefined when it is absent or came several times. */
  abstract header(name: string): string | undefined;

  /** Sets a response header and replaces its previous value. */
  abstract setHeader(name: string, value: string): void;

  /** Adds a value to a response header. */
  abstract appendHeader(name: string, value: string): void;

  /** @internal One entry for each module that looked at the request. */
  get states(): RequestState[] {
    return this.#states;
  }

  /**
   * @internal State of the module that authenticated the request last. `@CurrentUser()` and `@CurrentSession()` read it.
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
