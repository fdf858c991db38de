import type { HttpExchange } from './http-exchange.js';
import { requireObject, requireOneOf } from '../rules/arguments.js';
import { isSecret } from '../rules/handle.js';
import type { TokenPair } from '../rules/token-pair.js';

/**
 * The cookies of a module: the session secret, the two tokens, and the cookie to which CSRF tokens are bound before
 * login.
 */
export type CookieKind = 'session' | 'access' | 'refresh' | 'csrf';

/** The credentials in the headers of a request. None of them is verified. */
export interface RequestCredentials {
  /** Token of the `Authorization: Bearer` header; other schemes are ignored. */
  readonly bearer?: string | undefined;
  /** Session cookie. */
  readonly secret?: string | undefined;
  /** Access token in its cookie. */
  readonly accessCookie?: string | undefined;
  /** Refresh token in its cookie, which is sent only to the kit's own routes. */
  readonly refreshCookie?: string | undefined;
  /** Binds CSRF tokens while there is no session. Proves nothing. */
  readonly csrfCookie?: string | undefined;
  /**
   * All received values by cookie. Logout uses all of them: if it picked one of two, or none, the other session would
   * stay live.
   */
  readonly allCookies: Readonly<Record<CookieKind, readonly string[]>>;
  /** Whether any cookie of the module was received, including ambiguous ones. */
  readonly anyCookie: boolean;
  /** Several credentials were received where one is allowed, and picking one would be a guess. */
  readonly ambiguous: boolean;
}

/** A credential that a browser keeps in cookies. */
export type BrowserCredential =
  | { readonly transport: 'cookie'; readonly secret: string }
  | { readonly transport: 'bearer-cookie'; readonly tokens: TokenPair };

/** The characters of a compact JWT. */
const TOKEN = /^[\w.-]+$/;

/** @throws TypeError that names the argument, for a value whose type the compiler did not check */
export function requireBrowserCredential(
  credential: BrowserCredential,
  persistForMs: number | undefined,
): void {
  if (persistForMs !== undefined && !Number.isFinite(persistForMs)) {
    throw new TypeError('persistForMs must be a finite number');
  }
  requireObject('credential', credential);
  const { transport } = credential;
  requireOneOf('credential.transport', transport, ['cookie', 'bearer-cookie']);
  if (transport === 'cookie') {
    if (!isSecret(credential.secret)) throw new TypeError('credential.secret must be a secret');
    return;
  }
  requireObject('credential.tokens', credential.tokens);
  for (const name of ['accessToken', 'refreshToken'] as const) {
    const token: unknown = credential.tokens[name];
    if (typeof token === 'string' && TOKEN.test(token)) continue;
    throw new TypeError(`credential.tokens.${name} must be a token`);
  }
}

/** A request whose cookies were read. */
export interface CookieRequest {
  readonly http: HttpExchange;
  readonly credentials: RequestCredentials;
}
