import type { HttpExchange } from './http-exchange.js';
import type { TokenPair } from './token-issuer.js';

/** The cookies of a module: of the session secret, of the tokens, and the one that CSRF tokens are bound to before login. */
export type CookieKind = 'session' | 'access' | 'refresh' | 'csrf';

/** The credentials in the headers of a request. Nothing of it is verified. */
export interface RequestCredentials {
  /** Token of the `Authorization: Bearer` header; other schemes are ignored. */
  readonly bearer?: string | undefined;
  /** Session cookie. */
  readonly secret?: string | undefined;
  /** Access token in its cookie. */
  readonly accessCookie?: string | undefined;
  /** Refresh token in its cookie, which only the kit's own routes receive. */
  readonly refreshCookie?: string | undefined;
  /** Binds CSRF tokens while there is no session. Proves nothing. */
  readonly csrfCookie?: string | undefined;
  /**
   * Every value that came, by cookie. Ending sessions takes them all: where one of two is picked, or none, the other session
   * stays alive.
   */
  readonly allCookies: Readonly<Record<CookieKind, readonly string[]>>;
  /** Whether any cookie of the module came, also one that is ambiguous. */
  readonly anyCookie: boolean;
  /** There are several where one is allowed, and picking one would be a guess. */
  readonly ambiguous: boolean;
}

/** A credential that a browser keeps in cookies. */
export type BrowserCredential =
  | { readonly transport: 'cookie'; readonly secret: string }
  | { readonly transport: 'bearer-cookie'; readonly tokens: TokenPair };

/** A request whose cookies were read. */
export interface CookieRequest {
  readonly http: HttpExchange;
  readonly credentials: RequestCredentials;
}

/** Reads and writes the cookies of one module; names and attributes come from its `cookie` options. */
export abstract class CredentialCookies {
  abstract read(http: HttpExchange): RequestCredentials;

  /**
   * `Set-Cookie` values for a credential. The cookies of the other transports that came are cleared, so that a browser holds
   * one session, and so is what came twice.
   * @param persistForMs absent: until the browser is closed
   * @throws TypeError when a cookie would be longer than browsers keep
   */
  abstract set(
    request: CookieRequest,
    credential: BrowserCredential,
    persistForMs?: number,
  ): string[];

  /** `Set-Cookie` values of the cookie that binds CSRF tokens before login. */
  abstract setCsrf(request: CookieRequest, value: string): string[];

  /**
   * `Set-Cookie` values that clear the cookies that came, each also where it may have been set by earlier options if it came
   * twice.
   * @param kinds which of them. Default: all
   */
  abstract clear(request: CookieRequest, kinds?: readonly CookieKind[]): string[];
}
