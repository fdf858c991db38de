import type { HttpExchange } from './http-exchange.js';
import type { TokenPair } from '../rules/token-pair.js';

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
