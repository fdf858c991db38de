import type { HttpExchange } from './http-exchange.js';
import type { TokenPair } from './token-issuer.js';

/** The credentials in the headers of a request. Nothing of it is verified. */
export interface PresentedCredentials {
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
  /** Whether any cookie of the module came, also one that is ambiguous. */
  readonly anyCookie: boolean;
  /** There are several where one is allowed, and picking one would be a guess. */
  readonly ambiguous: boolean;
}

/** A credential that a browser keeps in cookies. */
export type BrowserCredential =
  | { readonly transport: 'cookie'; readonly secret: string }
  | { readonly transport: 'bearer-cookie'; readonly tokens: TokenPair };

/** Reads and writes the cookies of one module; names and attributes come from its `cookie` options. */
export abstract class CredentialCookies {
  abstract read(http: HttpExchange): PresentedCredentials;

  /**
   * `Set-Cookie` values for a credential; the cookies of the other transports are cleared, so that a browser holds one
   * session.
   * @param persistForMs absent: until the browser is closed
   * @throws TypeError when a cookie would be longer than browsers keep
   */
  abstract set(credential: BrowserCredential, persistForMs?: number): string[];

  /** `Set-Cookie` value of the cookie that binds CSRF tokens before login. */
  abstract setCsrf(value: string): string;

  /** `Set-Cookie` values that clear every cookie of the module. */
  abstract clear(): string[];
}
