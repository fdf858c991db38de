import { Injectable } from '@nestjs/common';
import type { Session, SessionUser, Transport } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import type { AccessClaims } from '../jwt/token-claims.js';
import {
  type BrowserCredential,
  type CookieKind,
  type RequestCredentials,
} from './request-credentials.js';
import { SessionCookies } from './cookies/session-cookies.js';
import type { HttpExchange } from './http-exchange.js';
import { type SessionRecord, toUser } from '../rules/session-record.js';

/** The user of a request, or the reason why there is none. */
export type Identity =
  | {
      readonly authenticated: true;
      readonly user: SessionUser;
      readonly handle: string;
      /** The transport of the credential. */
      readonly transport: Transport;
      /** Id that the session keeps when its handle changes. */
      readonly lineage: string;
      /** Epoch milliseconds of the last proof of identity. */
      readonly authenticatedAtMs: number;
    }
  | { readonly authenticated: false; readonly failure: SessionError };

export type AuthenticatedIdentity = Extract<Identity, { authenticated: true }>;

/** What one module knows about one request: its credentials by this module's cookie names, and its identity. */
export class RequestState {
  /** The answer of `SessionService.identify`, kept for the request. */
  identity?: Identity | Promise<Identity>;
  /** The record, if the authentication read it. */
  record?: SessionRecord;
  /** The claims of the access token, if one authenticated the request. */
  claims?: AccessClaims;
  /** The first decision of the rate limit, so that two guards count the request once. */
  rateLimited?: Promise<true>;
  #session: Promise<Session> | undefined;
  #credentials: RequestCredentials | undefined;

  constructor(
    /** The module this state belongs to. */
    readonly owner: RequestStateFactory,
    readonly http: HttpExchange,
    private readonly cookies: SessionCookies,
  ) {}

  get credentials(): RequestCredentials {
    this.#credentials ??= this.cookies.read(this.http);
    return this.#credentials;
  }

  /**
   * The session of the request, read at most once.
   * @throws SessionError why there is none: `TOKEN_*`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  session(): Promise<Session> {
    this.#session ??= this.owner.readSession(this);
    return this.#session;
  }

  /** Makes `user` the result of the decorators. Call it after the request was admitted. */
  admit(): void {
    this.http.authenticatedBy = this;
  }

  /** The user, once authentication has succeeded. */
  get user(): SessionUser | undefined {
    const { identity } = this;
    return identity && 'user' in identity ? identity.user : undefined;
  }

  /** Assigns the request to this session from here on: a login or confirm happened while it was handled. */
  adoptSession(record: SessionRecord): void {
    this.identity = identityOf(record, record.transport);
    this.record = record;
    delete this.claims;
    this.#session = undefined;
    this.admit();
  }

  /**
   * Prepares to set the cookies of a credential and to clear those of other transports.
   * @param persistForMs how long the browser keeps them; absent: until it is closed
   * @returns a function that sets the cookies
   * @throws TypeError if a cookie would have more than 4096 bytes
   */
  prepareCredential(credential: BrowserCredential, persistForMs?: number): () => void {
    const values = this.cookies.set(this, credential, persistForMs);
    return () => this.#setCookies(values);
  }

  /** Sets the cookie that binds CSRF tokens while there is no session. */
  setCsrfCookie(value: string): void {
    this.#setCookies(this.cookies.setCsrf(this, value));
  }

  /** Clears the received cookies of this module. @param kinds which of them. Default: all */
  clearCookies(kinds?: readonly CookieKind[]): void {
    this.#setCookies(this.cookies.clear(this, kinds));
  }

  /** Clears the cookies of this module that were received twice, which would make every later request ambiguous. */
  clearRepeatedCookies(): void {
    this.#setCookies(this.cookies.clearRepeated(this));
  }

  /** Sets the response headers that accompany an error and returns it: `throw state.applyErrorHeaders(error)`. */
  applyErrorHeaders(error: SessionError): SessionError {
    if (error.code === 'STORE_UNAVAILABLE') this.http.setHeader('Retry-After', '1');
    if (error.getStatus() === 401 && this.#mayUseBearer()) {
      this.http.setHeader('WWW-Authenticate', bearerChallenge(error));
    }
    return error;
  }

  /** Awaits the work of a handler and adds the error headers for its SessionError. */
  async withErrorHeaders<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw error instanceof SessionError ? this.applyErrorHeaders(error) : error;
    }
  }

  #setCookies(values: readonly string[]): void {
    for (const value of values) this.http.appendHeader('Set-Cookie', value);
  }

  /** A page that sent a cookie cannot use a challenge. */
  #mayUseBearer(): boolean {
    const { bearer, secret, accessCookie } = this.credentials;
    return bearer !== undefined || (secret === undefined && accessCookie === undefined);
  }
}

/** The request states of one module. */
@Injectable()
export class RequestStateFactory {
  /** Reads the session of a request. Set by `Authenticator`, which depends on this class. */
  readSession: (state: RequestState) => Promise<Session> = () =>
    Promise.reject(new Error('Authenticator was not created'));

  constructor(private readonly cookies: SessionCookies) {}

  /** The state of this request, created at the first access by the module. */
  of(http: HttpExchange): RequestState {
    // An array instead of a map: nearly every application has one module, and this runs several times per request.
    const states = (http as HttpExchange | undefined)?.states;
    if (!states) throw new TypeError('http must be the HttpExchange that @Exchange() injects');
    for (const state of states) if (state.owner === this) return state;
    const state = new RequestState(this, http, this.cookies);
    states.push(state);
    return state;
  }
}

/** Identity of the owner of a live session. @param transport of its credential */
export function identityOf(record: SessionRecord, transport: Transport): AuthenticatedIdentity {
  const { handle, lineage, authenticatedAtMs } = record;
  const user = toUser(record);
  return { authenticated: true, user, handle, transport, lineage, authenticatedAtMs };
}

/** RFC 6750 section 3: no error code if there was no token, so that the client knows it only has to send one. */
function bearerChallenge(error: SessionError): string {
  return error.code === 'TOKEN_MISSING'
    ? 'Bearer'
    : `Bearer error="invalid_token", error_description="${error.message}"`;
}
