import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { HmacAlgorithm } from '../options/session-options.js';

/** What a key for tokens is for. One key per purpose, so that what is made for one use is worthless for another. */
export type KeyPurpose = 'access' | 'refresh';

/** One key with the one algorithm it may be used with (RFC 8725bis section 3.1). */
export interface TokenKey {
  /** Public name of the key, in the header of each token. Derived with the key, so it tells nothing about it. */
  readonly kid: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: HmacAlgorithm;
  readonly signWith: KeyObject;
  readonly verifyWith: KeyObject;
}

/** What the keys are bound to: a token of staging, or of another app under the same secret, proves nothing here. */
export interface KeyScope {
  readonly algorithm: HmacAlgorithm;
  readonly issuer: string;
  readonly audience: string;
  readonly keyPrefix: string;
}

const PURPOSES: readonly KeyPurpose[] = ['access', 'refresh'];
const KEY_BYTES: Record<HmacAlgorithm, number> = { HS256: 32, HS384: 48, HS512: 64 };
const KID_BYTES = 9;
const CSRF_KEY_BYTES = 32;

/**
 * All keys of this process. The first secret signs, all verify, each found by its `kid` alone: an unknown `kid` never
 * leads to trying every key. KeyObjects are made once, because a key given as a string is parsed anew on every call.
 */
export class KeyRing {
  readonly #byKid = new Map<string, TokenKey>();
  readonly #signing = new Map<KeyPurpose, TokenKey>();
  /** Keys of CSRF tokens, current first. */
  readonly csrf: readonly KeyObject[];

  /** @param secrets the current secret, then the previous ones, at least 32 bytes each */
  constructor(secrets: readonly Uint8Array[], scope: KeyScope) {
    for (const purpose of PURPOSES) {
      for (const secret of secrets) {
        const key = deriveKey(secret, purpose, scope);
        if (!this.#signing.has(purpose)) this.#signing.set(purpose, key);
        this.#byKid.set(key.kid, key);
      }
    }
    this.csrf = secrets.map((secret) =>
      createSecretKey(derive(secret, 'csrf', scope, CSRF_KEY_BYTES)),
    );
  }

  /** The key that signs for this purpose. */
  signingKey(purpose: KeyPurpose): TokenKey {
    return this.#signing.get(purpose) as TokenKey;
  }

  /** The key with this name, whatever its purpose. */
  find(kid: string): TokenKey | undefined {
    return this.#byKid.get(kid);
  }

  keys(): Iterable<TokenKey> {
    return this.#byKid.values();
  }
}

function deriveKey(secret: Uint8Array, purpose: KeyPurpose, scope: KeyScope): TokenKey {
  const { algorithm } = scope;
  const keyBytes = KEY_BYTES[algorithm];
  const derived = derive(secret, purpose, scope, keyBytes + KID_BYTES);
  const key = createSecretKey(derived.subarray(0, keyBytes));
  const kid = derived.subarray(keyBytes).toString('base64url');
  return { kid, purpose, algorithm, signWith: key, verifyWith: key };
}

/** HKDF-SHA256 (RFC 5869) with everything the key is bound to in `info`. */
function derive(secret: Uint8Array, purpose: string, scope: KeyScope, bytes: number): Buffer {
  const { algorithm, issuer, audience, keyPrefix } = scope;
  const info = JSON.stringify([
    'nestjs-session-kit',
    1,
    purpose,
    algorithm,
    issuer,
    audience,
    keyPrefix,
  ]);
  return Buffer.from(hkdfSync('sha256', secret, '', info, bytes));
}
