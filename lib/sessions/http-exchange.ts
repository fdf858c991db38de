import { inspect } from 'node:util';
import type { Device, Session, SessionUser, Transport } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import type { AccessClaims } from '../tokens/token-claims.js';
import { type SessionRecord, toUser } from './session-record.js';
import type { TokenPair } from './token-issuer.js';

/** What the headers of a request show to prove who sends it. Nothing of it is verified. */
export interface PresentedCredentials {
  /** Token of the `Authorization: Bearer` header; other schemes are not ours. */
  readonly bearer?: string | undefined;
  /** Session cookie. */
  readonly secret?: string | undefined;
  /** Access token in its cookie. */
  readonly accessCookie?: string | undefined;
  /** Refresh token in its cookie, which only the kit's own routes receive. */
  readonly refreshCookie?: string | undefined;
  /** Binds CSRF tokens while there is no session. Proves nothing. */
  readonly csrfCookie?: string | undefined;
  /** Whether any cookie of the kit came, also one that is ambiguous. */
  readonly anyCookie: boolean;
  /** There are several where one is allowed, and picking one would be a guess. */
  readonly ambiguous: boolean;
}

/** What a browser is given to keep. */
export type BrowserCredential =
  | { readonly transport: 'cookie'; readonly secret: string }
  | { readonly transport: 'bearer-cookie'; readonly tokens: TokenPair };

/** Who sends a request, or why that is not known. */
export type Identity =
  | {
      readonly authenticated: true;
      readonly user: SessionUser;
      readonly handle: string;
      /** How the credential came. */
      readonly transport: Transport;
      /** Name of the session that outlives changes of its handle. */
      readonly lineage: string;
      /** Epoch milliseconds of the last proof of identity. */
      readonly authenticatedAtMs: number;
    }
  | { readonly authenticated: false; readonly failure: SessionError };

export type AuthenticatedIdentity = Extract<Identity, { authenticated: true }>;

/**
 * One request with its answer, the same on Express and Fastify. A handler gets it from `@Exchange()`. Who sends the
 * request is found out once, when somebody asks.
 */
export abstract class HttpExchange {
  abstract readonly method: string;
  /** Scheme, host and port the client asked, as in an `Origin` header. Proxy headers count only from a trusted proxy. */
  abstract readonly origin: string;
  /** Address and user agent of the client. Proxy headers count only from a trusted proxy. */
  abstract readonly device: Device;
  abstract readonly credentials: PresentedCredentials;
  /** Field `refreshToken` of the body, whatever its type. */
  abstract readonly refreshToken: unknown;

  /** A request header by its lower-case name; undefined when it is absent or came several times. */
  abstract header(name: string): string | undefined;

  abstract setHeader(name: string, value: string): void;

  /**
   * Sets the cookies of a credential and clears the ones of other transports.
   * @param persistForMs how long the browser keeps them; absent: until it is closed
   * @throws TypeError when a cookie would have more than 4096 bytes
   */
  setCredential(credential: BrowserCredential, persistForMs?: number): void {
    this.prepareCredential(credential, persistForMs)();
  }

  /**
   * As `setCredential`, in two steps: what cannot be set throws now, and the cookies are set when the result is called.
   */
  abstract prepareCredential(credential: BrowserCredential, persistForMs?: number): () => void;

  /** Sets the cookie that binds CSRF tokens while there is no session. */
  abstract setCsrfCookie(value: string): void;

  /** Clears every cookie the kit may have set. */
  abstract clearCookies(): void;

  /**
   * The session of the request, read at most once.
   * @throws SessionError why there is none: `TOKEN_*`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  abstract session(): Promise<Session>;

  /** @internal The answer of `SessionService.identify`, kept for the request. */
  identity?: Identity | Promise<Identity>;
  /** @internal The record, where the identification read it. */
  record?: SessionRecord;
  /** @internal The claims of the access token, where one identified. */
  claims?: AccessClaims;
  /** @internal The user, once identified. */
  user?: SessionUser;
  /** @internal The first verdict of the rate limit, so that two guards count once. */
  rateLimited?: Promise<true>;
  /** @internal The answer of `session`, kept for the request. */
  sessionRead?: Promise<Session> | undefined;

  /** @internal From here on the request is one of this session: somebody logged in, or confirmed, in the middle of it. */
  belongTo(record: SessionRecord): void {
    const identity = identityOf(record, record.transport);
    this.identity = identity;
    this.user = identity.user;
    this.record = record;
    this.sessionRead = undefined;
  }

  /** @internal An app that prints a request prints nothing of its session. */
  [inspect.custom](): string {
    return 'HttpExchange';
  }

  /** Sets the headers that go with an error and returns it: `throw http.refusal(error)`. */
  refusal(error: SessionError): SessionError {
    if (error.code === 'STORE_UNAVAILABLE') this.setHeader('Retry-After', '1');
    if (error.getStatus() === 401 && this.#mayUseBearer()) {
      this.setHeader('WWW-Authenticate', bearerChallenge(error));
    }
    return error;
  }

  /** A page that came with a cookie has no use for a challenge. */
  #mayUseBearer(): boolean {
    const { bearer, secret, accessCookie } = this.credentials;
    return bearer !== undefined || (secret === undefined && accessCookie === undefined);
  }
}

/** Who a live session belongs to. @param transport how its credential came */
export function identityOf(record: SessionRecord, transport: Transport): AuthenticatedIdentity {
  const { handle, lineage, authenticatedAtMs } = record;
  const user = toUser(record);
  return { authenticated: true, user, handle, transport, lineage, authenticatedAtMs };
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
