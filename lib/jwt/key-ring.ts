import { createSecretKey, hash, hkdfSync, type KeyObject } from 'node:crypto';
import { HmacKey } from '../core/hmac.js';
import type { AsymmetricAlgorithm, HmacAlgorithm } from '../options/key-options.js';
import type { SigningKey } from '../options/signing-keys.js';

/**
 * The purpose of a token key. Each purpose has its own key, so that a token of one purpose is worthless for another.
 */
export type KeyPurpose = 'access' | 'refresh';

/** One key with the only algorithm that it may be used with (RFC 8725bis section 3.1). */
export interface TokenKey {
  /** Public name of the key, in the header of each token. The name of a derived key is derived, too. */
  readonly kid: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: HmacAlgorithm | AsymmetricAlgorithm;
  /** Absent: the key only verifies. */
  readonly signWith: KeyObject | undefined;
  readonly verifyWith: KeyObject;
}

/** The scope of the keys: a token of staging, or of another app with the same secret, proves nothing here. */
export interface KeyScope {
  readonly algorithm: HmacAlgorithm;
  readonly issuer: string;
  readonly audience: string;
  readonly keyPrefix: string;
}

/** One value for each secret, the current one first. */
export type PerSecret<T> = readonly [current: T, ...previous: T[]];

const KEY_BYTES: Record<HmacAlgorithm, number> = { HS256: 32, HS384: 48, HS512: 64 };
const KID_BYTES = 9;
/** Limit of `hkdfSync` in Node. */
const MAX_INFO_BYTES = 1024;
/** Bytes of a key for HMAC-SHA256. */
const HMAC_KEY_BYTES = 32;
const AES_256_KEY_BYTES = 32;

/**
 * All keys of this process. For each purpose one signs and all verify, each found by its `kid` alone: an unknown `kid`
 * never leads to trying every key. KeyObjects are created once, because a key given as a string is parsed again on
 * every call.
 */
export class KeyRing {
  readonly #byKid = new Map<string, TokenKey>();
  readonly #signing = new Map<KeyPurpose, TokenKey>();
  /** Keys of CSRF tokens, current first. */
  readonly csrf: PerSecret<HmacKey>;
  /** Keys that encrypt transient states, current first. */
  readonly state: PerSecret<KeyObject>;
  /**
   * Keys that bind session records, current first. They depend only on the secret and the key prefix, so that a cookie
   * session survives a change of the options for tokens.
   */
  readonly records: PerSecret<HmacKey>;

  /**
   * @param secrets the current secret, then the previous ones, at least 32 bytes each; empty only with key pairs
   * @param pairs key pairs that sign access tokens instead of a key derived from the secret
   */
  constructor(secrets: readonly Uint8Array[], scope: KeyScope, pairs: readonly SigningKey[] = []) {
    const material = secrets.length > 0 ? secrets : privateBytes(pairs);
    const access =
      pairs.length > 0
        ? activeFirst(pairs).map(fromPair)
        : material.map((secret) => deriveKey(secret, 'access', scope));
    const refresh = material.map((secret) => deriveKey(secret, 'refresh', scope));
    for (const key of [...access, ...refresh]) {
      if (key.signWith && !this.#signing.has(key.purpose)) this.#signing.set(key.purpose, key);
      this.#byKid.set(key.kid, key);
    }
    this.csrf = perSecret(
      material,
      (secret) => new HmacKey(derive(secret, infoOf('csrf', scope), HMAC_KEY_BYTES)),
    );
    this.state = perSecret(material, (secret) =>
      createSecretKey(derive(secret, infoOf('state', scope), AES_256_KEY_BYTES)),
    );
    this.records = perSecret(
      material,
      (secret) => new HmacKey(derive(secret, ['record', scope.keyPrefix], HMAC_KEY_BYTES)),
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

/** The active key comes first; a key that was added before its use does not. */
function activeFirst(pairs: readonly SigningKey[]): readonly SigningKey[] {
  return [...pairs.filter(maySign), ...pairs.filter((pair) => !maySign(pair))];
}

function maySign({ active, privateKey }: SigningKey): boolean {
  return active && privateKey !== undefined;
}

function fromPair({ kid, algorithm, privateKey, publicKey, active }: SigningKey): TokenKey {
  const signWith = active ? privateKey : undefined;
  return { kid, purpose: 'access', algorithm, signWith, verifyWith: publicKey };
}

/** The input from which the symmetric keys are derived without a secret: every node has the same private keys. */
function privateBytes(pairs: readonly SigningKey[]): Uint8Array[] {
  return activeFirst(pairs).flatMap(({ privateKey }) =>
    privateKey ? [privateKey.export({ format: 'der', type: 'pkcs8' })] : [],
  );
}

/** @throws TypeError without a secret; the options are validated before, so that there is one */
function perSecret<T>(
  secrets: readonly Uint8Array[],
  make: (secret: Uint8Array) => T,
): PerSecret<T> {
  const [current, ...previous] = secrets;
  if (!current) throw new TypeError('a key ring needs a secret or a private key');
  return [make(current), ...previous.map(make)];
}

function deriveKey(secret: Uint8Array, purpose: KeyPurpose, scope: KeyScope): TokenKey {
  const { algorithm } = scope;
  const keyBytes = KEY_BYTES[algorithm];
  const derived = derive(secret, infoOf(purpose, scope), keyBytes + KID_BYTES);
  const key = createSecretKey(derived.subarray(0, keyBytes));
  const kid = derived.subarray(keyBytes).toString('base64url');
  return { kid, purpose, algorithm, signWith: key, verifyWith: key };
}

/** The scope of a key that depends on the options for tokens. */
function infoOf(purpose: string, scope: KeyScope): readonly string[] {
  const { algorithm, issuer, audience, keyPrefix } = scope;
  return [purpose, algorithm, issuer, audience, keyPrefix];
}

/** HKDF-SHA256 (RFC 5869) with the purpose and the rest of the scope in `info`. */
function derive(secret: Uint8Array, info: readonly string[], bytes: number): Buffer {
  const encoded = JSON.stringify(['nestjs-session-kit', 1, ...info]);
  // Names of 255 characters can have more bytes than Node accepts; their hash binds the key as well.
  const bound = Buffer.byteLength(encoded) > MAX_INFO_BYTES ? hash('sha256', encoded) : encoded;
  return Buffer.from(hkdfSync('sha256', secret, '', bound, bytes));
}
