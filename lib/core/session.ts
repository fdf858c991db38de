/**
 * Claims that access tokens carry and `@CurrentUser()` gives back. An app adds its own by declaration merging:
 *
 * ```ts
 * declare module 'nestjs-session-kit' {
 *   interface SessionClaims { email: string; role: string }
 * }
 * ```
 */
export interface SessionClaims {}

/** Data of a session that stays on the server. An app adds its own by declaration merging. */
export interface SessionData {}

/** Who is logged in: the id given at login and the claims of the app. */
export type SessionUser = { readonly id: string } & Readonly<SessionClaims>;

/**
 * How the client carries its credential: a token pair in bodies and the `Authorization` header, an opaque secret in a
 * cookie, or the token pair in cookies.
 */
export type Transport = 'bearer' | 'cookie' | 'bearer-cookie';

/** Where a session was opened from. `ip` and `userAgent` come from the request, `label` from the app. */
export interface Device {
  readonly ip?: string;
  readonly userAgent?: string;
  readonly label?: string;
}

/**
 * One login of one user on one device, as the app sees it. A copy: changing it changes nothing in the store. `transport`
 * tells the sessions of one kind from the others: where it is `bearer`, `TokenService.issue` takes the session.
 */
export type Session<T extends Transport = Transport> = T extends Transport
  ? {
      /** Public name of the session, for lists, logs and URLs. It is no credential. */
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
      /** Whichever comes first, idle or absolute timeout (ASVS 7.3.1, 7.3.2). */
      readonly expiresAt: Date;
    }
  : never;
