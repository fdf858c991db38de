import { Injectable } from '@nestjs/common';
import { SessionError } from '../core/session-error.js';
import { TokenCodec, type TokenOrigin } from '../jwt/token-codec.js';
import type { CredentialSession } from '../rules/credential-session.js';
import { handleOf, isSecret } from '../rules/handle.js';
import type { HttpExchange } from './http-exchange.js';
import { RequestStateFactory } from './request-state.js';

/** What a cookie proves by itself. Nothing of it changes with a refresh. */
export type AuthenticatingCookie =
  | {
      readonly transport: 'bearer-cookie';
      readonly lineage: string;
      /** Epoch milliseconds of the last proof of identity, in whole seconds. */
      readonly authenticatedAtMs: number;
    }
  | { readonly transport: 'cookie'; readonly handle: string };

/**
 * The sessions that a request's credentials were made for, without asking whether they still live. For what may happen to
 * a session by a credential that is no longer good enough to use it: end it, bind a form to it.
 */
@Injectable()
export class CredentialSessionResolver {
  constructor(
    private readonly codec: TokenCodec,
    private readonly requests: RequestStateFactory,
  ) {}

  /**
   * By every value of every cookie, for ending: of two cookies of one name, both sessions. Values that are not credentials of
   * this module are skipped: the browser sends them whether the user wants it or not.
   */
  fromCookies(http: HttpExchange, nowMs: number): CredentialSession[] {
    const { session, access, refresh } = this.requests.of(http).credentials.allCookies;
    const bySecrets = session
      .filter(isSecret)
      .map((secret) => ({ handle: handleOf(secret), isUnsigned: true }) as const);
    const byTokens = [...access, ...refresh].flatMap((token) => this.#resolve(token, nowMs) ?? []);
    return [...bySecrets, ...byTokens];
  }

  /**
   * The session of the cookies as it can be told without the store: of the access cookie, else of the session cookie.
   * An access token that has expired counts last, because it does not authenticate where there is a session cookie. Never
   * of the refresh cookie: it does not authenticate a request, and a subdomain can set one.
   */
  authenticatingCookie(http: HttpExchange, nowMs: number): AuthenticatingCookie | undefined {
    const { accessCookie, secret } = this.requests.of(http).credentials;
    const { lin: lineage, auth_time, exp = 0 } = this.#origin(accessCookie, nowMs) ?? {};
    const access =
      lineage !== undefined && auth_time !== undefined
        ? ({ transport: 'bearer-cookie', lineage, authenticatedAtMs: auth_time * 1000 } as const)
        : undefined;
    if (access && exp * 1000 > nowMs) return access;
    return isSecret(secret) ? { transport: 'cookie', handle: handleOf(secret) } : access;
  }

  /**
   * By the bearer token and the refresh token of the body, expired ones included.
   * @throws SessionError `TOKEN_INVALID` when one of them is not ours: who sends it means it
   */
  fromTokens(http: HttpExchange, nowMs: number): CredentialSession[] {
    const { bearer } = this.requests.of(http).credentials;
    return [bearer, http.refreshToken].flatMap((token) => {
      if (token === undefined) return [];
      const session = this.#resolve(token, nowMs);
      if (!session) throw new SessionError('TOKEN_INVALID');
      return [session];
    });
  }

  /**
   * Lineage of the session that a token of the request proves by itself. Expired tokens prove nothing: they may have
   * been in a log for months.
   */
  provenLineage(http: HttpExchange, nowMs: number): string | undefined {
    const { bearer, accessCookie, refreshCookie } = this.requests.of(http).credentials;
    const access = (token: string) => this.codec.verifyAccess(token, nowMs).claims.lin;
    const refresh = (token: string) => this.codec.verifyRefresh(token, nowMs).lin;
    return (
      verifiedOrUndefined(bearer, access) ??
      verifiedOrUndefined(accessCookie, access) ??
      verifiedOrUndefined(http.refreshToken, refresh) ??
      verifiedOrUndefined(refreshCookie, refresh)
    );
  }

  #resolve(token: unknown, nowMs: number): CredentialSession | undefined {
    const origin = this.#origin(token, nowMs);
    if (!origin) return undefined;
    const { sid: handle, sub: userId, lin: lineage, exp } = origin;
    return { handle, origin: exp * 1000 > nowMs ? { userId, lineage } : undefined };
  }

  #origin(token: unknown, nowMs: number): TokenOrigin | undefined {
    return verifiedOrUndefined(token, (text) => this.codec.originOf(text, nowMs));
  }
}

/** What a verification returns, undefined where it refuses the token. */
function verifiedOrUndefined<T>(token: unknown, verify: (token: string) => T): T | undefined {
  if (typeof token !== 'string') return undefined;
  try {
    return verify(token);
  } catch (error) {
    if (error instanceof SessionError) return undefined;
    throw error;
  }
}
