import { Injectable } from '@nestjs/common';
import type { Session, SessionUser, Transport } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import type { AccessClaims } from '../jwt/token-claims.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { type SessionRecord, toSession, toUser } from '../rules/session-record.js';
import { SessionCookies } from './cookies/session-cookies.js';
import type { HttpExchange } from './http-exchange.js';
import { type CredentialReader, credentialReader } from './read-credentials.js';
import type { BrowserCredential, CookieKind, RequestCredentials } from './request-credentials.js';

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

/** The identity that the credentials of a request prove, and the facts about its session that prove it. */
export interface AuthenticationResult<I extends Identity = Identity> {
  readonly identity: I;
  /** The record, if it was read. */
  readonly record?: SessionRecord | undefined;
  /** The claims, if an access token authenticated the request. */
  readonly claims?: AccessClaims | undefined;
}

/** Reads the record of an authenticated request. */
export abstract class RecordReader {
  /**
   * @param claims of the access token that authenticated the request; absent for a session cookie
   * @throws SessionError `TOKEN_EXPIRED`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  abstract readRecord(handle: string, claims?: AccessClaims): Promise<SessionRecord>;
}

/** What one module knows about one request: its credentials by this module's cookie names, and its identity. */
export class RequestState {
  /** The first decision of the rate limit, so that two guards count the request once. */
  rateLimited?: Promise<true>;
  #result: AuthenticationResult | undefined;
  #pending: Promise<Identity> | undefined;
  #session: Promise<Session> | undefined;
  #credentials: RequestCredentials | undefined;

  constructor(
    /** The module this state belongs to. */
    readonly owner: RequestStateFactory,
    readonly http: HttpExchange,
  ) {}

  get credentials(): RequestCredentials {
    this.#credentials ??= this.owner.readCredentials(this.http.headers, this.http.rawHeaders);
    return this.#credentials;
  }

  /** The identity, or the authentication in progress; undefined before it began. */
  get identity(): Identity | Promise<Identity> | undefined {
    return this.#result?.identity ?? this.#pending;
  }

  /** The user, once authentication has succeeded. */
  get user(): SessionUser | undefined {
    const identity = this.#result?.identity;
    return identity?.authenticated ? identity.user : undefined;
  }

  /** Keeps the result for the request, unless a login takes place before it is known. */
  keep(result: AuthenticationResult | Promise<AuthenticationResult>): Identity | Promise<Identity> {
    if (!(result instanceof Promise)) {
      this.#result = result;
      return result.identity;
    }
    this.#pending = result.then((found) => {
      this.#result ??= found;
      return found.identity;
    });
    return this.#pending;
  }

  /**
   * The session of an authenticated request, read at most once.
   * @throws SessionError `TOKEN_EXPIRED`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  session(): Promise<Session> {
    this.#session ??= this.#readSession();
    return this.#session;
  }

  /** Makes this module's user and session the result of the decorators. Call it after the request was admitted. */
  admit(): void {
    this.http.authenticatedBy = this;
  }

  /**
   * Assigns the request to a session that was opened or confirmed while it was handled, and sends its cookies.
   * @param setCookies as `credentialCookies` or `repeatedCookies` returned them
   */
  adoptSession(record: SessionRecord, setCookies: readonly string[]): void {
    this.#result = { identity: identityOf(record, record.transport), record };
    this.#session = undefined;
    this.admit();
    this.http.setHeader('Cache-Control', 'no-store');
    this.#appendCookies(setCookies);
  }

  /**
   * `Set-Cookie` values of a credential, which also clear the cookies of other transports.
   * @param persistForMs how long the browser keeps them; absent: until it is closed
   * @throws TypeError if a cookie would have more than 4096 bytes
   */
  credentialCookies(credential: BrowserCredential, persistForMs?: number): string[] {
    return this.owner.cookies.set(this, credential, persistForMs);
  }

  /**
   * `Set-Cookie` values that clear the cookies that were received twice, which would make every later request ambiguous.
   */
  repeatedCookies(): string[] {
    return this.owner.cookies.clearRepeated(this);
  }

  /** Sets the cookies of a credential. @throws as `credentialCookies` */
  setCredential(credential: BrowserCredential, persistForMs?: number): void {
    this.#appendCookies(this.credentialCookies(credential, persistForMs));
  }

  /** Sets the cookie that binds CSRF tokens while there is no session. */
  setCsrfCookie(value: string): void {
    this.#appendCookies(this.owner.cookies.setCsrf(this, value));
  }

  /** Clears the received cookies of this module. @param kinds which of them. Default: all */
  clearCookies(kinds?: readonly CookieKind[]): void {
    this.#appendCookies(this.owner.cookies.clear(this, kinds));
  }

  async #readSession(): Promise<Session> {
    const result = this.#result;
    if (!result?.identity.authenticated) throw new SessionError('TOKEN_MISSING');
    const { identity, record, claims } = result;
    return toSession(record ?? (await this.owner.records.readRecord(identity.handle, claims)));
  }

  #appendCookies(values: readonly string[]): void {
    for (const value of values) this.http.appendHeader('Set-Cookie', value);
  }
}

/** The request states of one module. */
@Injectable()
export class RequestStateFactory {
  readonly readCredentials: CredentialReader;

  constructor(
    readonly cookies: SessionCookies,
    readonly records: RecordReader,
    options: ResolvedOptions,
  ) {
    this.readCredentials = credentialReader(options);
  }

  /** The state of this request, created at the first access by the module. */
  of(http: HttpExchange): RequestState {
    // An array instead of a map: nearly every application has one module, and this runs several times per request.
    const states = (http as HttpExchange | undefined)?.states;
    if (!states) throw new TypeError('http must be the HttpExchange that @Exchange() injects');
    for (const state of states) if (state.owner === this) return state;
    const state = new RequestState(this, http);
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
