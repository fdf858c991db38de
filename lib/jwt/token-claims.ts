import { jsonOf, UnserializableError } from '../core/json.js';
import type { SessionClaims, SessionUser } from '../core/session.js';

/** Claims that every token has (RFC 7519 section 4.1), including its session. */
export interface RegisteredClaims {
  /** The user's id. */
  readonly sub: string;
  /** Handle of the session. */
  readonly sid: string;
  /** Id of the session that does not change with its handle, for rate limits and audit. */
  readonly lin: string;
  readonly jti: string;
  readonly iss: string;
  readonly aud: string;
  /** Epoch seconds. */
  readonly iat: number;
  /** Epoch seconds. */
  readonly exp: number;
}

/** Claims of an access token (RFC 9068); the app's own are at the same level. */
export interface AccessClaims extends RegisteredClaims {
  readonly type: 'access';
  /** Epoch seconds of the last proof of identity. */
  readonly auth_time: number;
  /** Version of the session's claims: after a change, older access tokens are refused. */
  readonly cver: number;
  /** The epoch in which the session was opened. */
  readonly epoch: number;
}

/** Claims of a refresh token. */
export interface RefreshClaims extends RegisteredClaims {
  readonly type: 'refresh';
  /** Number of rotations before this token. */
  readonly gen: number;
}

/** Names that an app cannot use for claims: they decide about the token, or would hide fields next to the claims. */
const RESERVED_CLAIMS = new Set(
  'sub sid lin jti iss aud iat exp nbf type typ auth_time gen cver epoch cnf id __proto__ constructor prototype'.split(
    ' ',
  ),
);

/** Keeps every token of a session within the length that is accepted back. */
const MAX_CLAIMS_BYTES = 4096;

/**
 * The claims of the app as plain JSON, as the store and the token hold them.
 * @throws TypeError that names a reserved claim, or says that the claims are not an object, are not JSON, or hold a
 * promise, a Map or another object without fields
 */
export function appClaims(claims: SessionClaims): SessionClaims {
  // Checked as JSON, because a document of a database exposes its fields only through toJSON.
  const json = checkedJsonOf(claims);
  if (!json?.startsWith('{')) {
    throw new TypeError('claims must be an object, for example { role: "admin" }');
  }
  if (Buffer.byteLength(json) > MAX_CLAIMS_BYTES) {
    throw new TypeError(
      `claims have more than ${MAX_CLAIMS_BYTES} bytes of JSON; keep large values in the session data`,
    );
  }
  const plain = JSON.parse(json) as SessionClaims;
  const reserved = Object.keys(plain).filter((name) => RESERVED_CLAIMS.has(name));
  if (reserved.length > 0) {
    throw new TypeError(
      `claims: ${reserved.join(', ')} cannot be used as a claim of the app, choose another name`,
    );
  }
  return plain;
}

function checkedJsonOf(claims: SessionClaims): string | undefined {
  try {
    return jsonOf('claims', claims);
  } catch (error) {
    if (error instanceof UnserializableError) throw error;
    throw new TypeError('claims must be JSON, without a BigInt or a cycle, and not deeply nested', {
      cause: error,
    });
  }
}

/** The user of an access token: the id, and the claims of the app in the token. */
export function userOf(claims: AccessClaims): SessionUser {
  const user: Record<string, unknown> = { id: claims.sub };
  for (const name of Object.keys(claims)) {
    if (!RESERVED_CLAIMS.has(name)) user[name] = claims[name as keyof AccessClaims];
  }
  return Object.freeze(user) as SessionUser;
}
