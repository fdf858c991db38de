import { Injectable } from '@nestjs/common';
import { SessionError } from '../core/session-error.js';
import { TokenCodec } from '../jwt/token-codec.js';
import type { CredentialSession } from '../rules/credential-session.js';
import { handleOf, isSecret } from '../rules/handle.js';
import type { HttpExchange } from './http-exchange.js';
import { RequestStateFactory } from './request-state.js';

/** The session that a cookie proves by itself. A refresh changes none of these values. */
export type AuthenticatingCookie =
  | {
      readonly transport: 'bearer-cookie';
      readonly lineage: string;
      /** Epoch milliseconds of the last proof of identity, in whole seconds. */
      readonly authenticatedAtMs: number;
    }
  | { readonly transport: 'cookie'; readonly handle: string };

/**
 * The sessions named by the credentials of a request, whether or not they are still live. For operations that an
 * expired credential may still perform: logout and CSRF binding.
 */
@Injectable()
export class CredentialSessionResolver {
  constructor(
    private readonly codec: TokenCodec,
    private readonly requests: RequestStateFactory,
  ) {}

  /**
   * Uses every value of every cookie, for logout: two cookies of one name end both sessions. Values that are not
   * credentials of this module are skipped, because the browser sends them regardless of the user's intent.
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
   * The session of the cookies as far as it is known without the store: of the access cookie, otherwise of the session
   * cookie; none if one of them was sent twice. An expired access token is used last, because it does not authenticate
   * if there is a session cookie. The refresh cookie is never used: it does not authenticate a request, and a subdomain
   * can set one.
   */
  authenticatingCookie(http: HttpExchange, nowMs: number): AuthenticatingCookie | undefined {
    const { accessCookie, secret, allCookies } = this.requests.of(http).credentials;
    if (allCookies.access.length > 1 || allCookies.session.length > 1) return undefined;
    const { lin: lineage, auth_time, exp = 0 } = this.codec.originOf(accessCookie, nowMs) ?? {};
    const access =
      lineage !== undefined && auth_time !== undefined
        ? ({ transport: 'bearer-cookie', lineage, authenticatedAtMs: auth_time * 1000 } as const)
        : undefined;
    if (access && exp * 1000 > nowMs) return access;
    return isSecret(secret) ? { transport: 'cookie', handle: handleOf(secret) } : access;
  }

  /**
   * Uses the bearer token and the refresh token of the body, including expired ones.
   * @throws SessionError `TOKEN_INVALID` if one of them was not issued by this app: unlike a cookie, it is sent
   * deliberately
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
    return (
      this.#lineage('verifyAccess', bearer, nowMs) ??
      this.#lineage('verifyAccess', accessCookie, nowMs) ??
      this.#lineage('verifyRefresh', http.refreshToken, nowMs) ??
      this.#lineage('verifyRefresh', refreshCookie, nowMs)
    );
  }

  #lineage(
    verify: 'verifyAccess' | 'verifyRefresh',
    token: unknown,
    nowMs: number,
  ): string | undefined {
    if (typeof token !== 'string') return undefined;
    const verified = this.codec[verify](token, nowMs);
    return verified.valid ? verified.claims.lin : undefined;
  }

  #resolve(token: unknown, nowMs: number): CredentialSession | undefined {
    const origin = this.codec.originOf(token, nowMs);
    if (!origin) return undefined;
    const { sid: handle, sub: userId, lin: lineage, exp } = origin;
    return { handle, origin: exp * 1000 > nowMs ? { userId, lineage } : undefined };
  }
}
