/**
 * Claims that access tokens carry and `@CurrentUser()` returns. An application adds its own by declaration merging:
 *
 * ```ts
 * declare module 'nestjs-session-kit' {
 *   interface SessionClaims { email: string; role: string }
 * }
 * ```
 */
export interface SessionClaims {}

/** Data of a session that stays on the server. An application adds its own by declaration merging. */
export interface SessionData {}

/** The user of a session: the id given at login and the claims of the application. */
export type SessionUser = { readonly id: string } & Readonly<SessionClaims>;

/**
 * How the client sends its credential: a token pair in bodies and the `Authorization` header, an opaque secret in a
 * cookie, or the token pair in cookies.
 */
export type Transport = 'bearer' | 'cookie' | 'bearer-cookie';

/**
 * The device from which a session was opened. `ip` and `userAgent` come from the request, `label` from the application.
 */
export interface Device {
  readonly ip?: string;
  readonly userAgent?: string;
  readonly label?: string;
}

/**
 * One login of one user on one device, as the application sees it. A copy: changing it does not change the store.
 * `transport` discriminates the union: `TokenService.issue` accepts a session whose transport is `bearer`.
 */
export type Session<T extends Transport = Transport> = T extends Transport
  ? {
      /** Public identifier of the session, for lists, logs and URLs. It is not a credential. */
      readonly handle: string;
      readonly transport: T;
      readonly user: SessionUser;
      readonly data: Readonly<SessionData>;
      readonly device: Device;
      readonly createdAt: Date;
      /** Exact to `session.touchIntervalSeconds`. */
      readonly lastSeenAt: Date;
      /** The last proof of identity (OpenID Connect `auth_time`). */
      readonly authenticatedAt: Date;
      /** The earlier of idle and absolute timeout (ASVS 7.3.1, 7.3.2). */
      readonly expiresAt: Date;
    }
  : never;
