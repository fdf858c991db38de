import type { KeyObject } from 'node:crypto';

/** A secret of at least 32 bytes; the length of a string is counted in UTF-8. */
export type Secret = string | Uint8Array;

/** HMAC algorithms for the keys that are derived from `secret` (RFC 7518 section 3.2). */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** Algorithms for key pairs (RFC 7518 section 3.1). */
export type AsymmetricAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384';

/** A PEM as text or bytes, or a key of node:crypto. */
export type KeyMaterial = string | Uint8Array | KeyObject;

/**
 * A key pair for access tokens. To rotate it: add the new pair with `active: false`, so that every verifier reads it
 * from the JWKS. When their caches have expired, make it active and the old one inactive. Remove the old pair after the
 * longest idle timeout of the sessions: earlier, a client that returns with an expired token of the old key gets
 * `TOKEN_INVALID` instead of `TOKEN_EXPIRED`, and does not refresh.
 */
export interface SigningKeyOptions {
  /** `RS256`, `PS256`, `ES256` or `ES384`. */
  algorithm: AsymmetricAlgorithm;
  /** PKCS#8. Without it the key only verifies. */
  privateKey?: KeyMaterial;
  /** SPKI. Taken from `privateKey` if absent. */
  publicKey?: KeyMaterial;
  /** Name of the key in tokens and in the JWKS. Its thumbprint (RFC 7638) if absent. */
  kid?: string;
  /**
   * Whether the key may sign. The first active key signs.
   * @default true
   */
  active?: boolean;
}
