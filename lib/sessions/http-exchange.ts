import type { Device, Session, SessionUser } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import type { SessionRecord } from './session-record.js';

/** What a request showed to prove who sends it. Nothing of it is verified. */
export interface PresentedCredentials {
  /** Token of the `Authorization: Bearer` header; other schemes are not ours. */
  readonly bearer?: string;
  /** Field `refreshToken` of the body, whatever its type. */
  readonly refreshToken?: unknown;
  /** There are several where one is allowed, and picking one would be a guess. */
  readonly ambiguous: boolean;
}

/** Who sends a request, or why that is not known. */
export type Identity =
  | { readonly authenticated: true; readonly user: SessionUser; readonly handle: string }
  | { readonly authenticated: false; readonly failure: SessionError };

/**
 * One request with its answer, the same on Express and Fastify. A handler gets it from `@Exchange()`. Who sends the
 * request is found out once, when somebody asks.
 */
export abstract class HttpExchange {
  /** Address and user agent of the client. Proxy headers count only where the app trusts its proxy. */
  abstract readonly device: Device;
  abstract readonly credentials: PresentedCredentials;

  abstract setHeader(name: string, value: string): void;

  /**
   * The session of the request, read at most once.
   * @throws SessionError why there is none: `TOKEN_*`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  abstract session(): Promise<Session>;

  /** @internal The answer of `SessionService.identify`, kept for the request. */
  identity?: Promise<Identity>;
  /** @internal The record, where the identification read it. */
  record?: SessionRecord;
  /** @internal The user, once identified. */
  user?: SessionUser;

  /** Sets the headers that go with an error and returns it: `throw http.refusal(error)`. */
  refusal(error: SessionError): SessionError {
    if (error.code === 'STORE_UNAVAILABLE') this.setHeader('Retry-After', '1');
    if (error.getStatus() === 401) this.setHeader('WWW-Authenticate', bearerChallenge(error));
    return error;
  }
}

/** Work for a handler: a SessionError leaves it with the headers that go with it. */
export async function answering<T>(http: HttpExchange, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof SessionError ? http.refusal(error) : error;
  }
}

/** RFC 6750 section 3: no error code when there was no token, so that a client knows it only has to bring one. */
function bearerChallenge(error: SessionError): string {
  return error.code === 'TOKEN_MISSING'
    ? 'Bearer'
    : `Bearer error="invalid_token", error_description="${error.message}"`;
}
