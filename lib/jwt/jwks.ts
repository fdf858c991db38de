import type { KeyRing } from './key-ring.js';

/** A public key in the format that other services read (RFC 7517 section 4). */
export interface PublicJsonWebKey {
  readonly kty: string;
  readonly kid: string;
  readonly alg: string;
  readonly use: 'sig';
  /** RSA. */
  readonly n?: string | undefined;
  readonly e?: string | undefined;
  /** Elliptic curve. */
  readonly crv?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
}

/** RFC 7517 section 5. */
export interface JsonWebKeySet {
  readonly keys: readonly PublicJsonWebKey[];
}

/** The public keys that verify access tokens; empty if a secret signs them. */
export function publicKeySet(ring: KeyRing): JsonWebKeySet {
  const keys = [...ring.keys()]
    .filter(({ verifyWith }) => verifyWith.type === 'public')
    .map(({ kid, algorithm, verifyWith }) => {
      const { kty = '', n, e, crv, x, y } = verifyWith.export({ format: 'jwk' });
      return { kty, kid, alg: algorithm, use: 'sig' as const, n, e, crv, x, y };
    });
  return { keys };
}
