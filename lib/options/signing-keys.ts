import { createHash, createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import type { ConfigProblem } from '../core/session-config-error.js';
import type { AsymmetricAlgorithm, KeyMaterial, SigningKeyOptions } from './key-options.js';

/** A parsed key pair that matches its algorithm. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: AsymmetricAlgorithm;
  /** Absent: the key only verifies. */
  readonly privateKey: KeyObject | undefined;
  readonly publicKey: KeyObject;
  /** Whether the key may sign. */
  readonly active: boolean;
}

/** NIST SP 800-57: shorter RSA keys provide less than 112 bits of security (RFC 8725bis section 3.5). */
const MIN_RSA_BITS = 2048;

/** The requirements of each algorithm (RFC 7518 section 3.1). */
const ALGORITHMS: Record<
  AsymmetricAlgorithm,
  { readonly type: 'rsa' | 'ec'; readonly curve?: string }
> = {
  RS256: { type: 'rsa' },
  PS256: { type: 'rsa' },
  ES256: { type: 'ec', curve: 'prime256v1' },
  ES384: { type: 'ec', curve: 'secp384r1' },
};

const NAMES = new Set(['kid', 'algorithm', 'privateKey', 'publicKey', 'active']);
const KID = /^[\w.-]{1,64}$/;

/** Reads the keys and returns their problems by path, without repeating any key. */
export function readSigningKeys(written: unknown): {
  keys: readonly SigningKey[];
  problems: readonly ConfigProblem[];
} {
  if (written === undefined || written === null) return { keys: [], problems: [] };
  if (!Array.isArray(written) || written.length === 0) {
    return problem('tokens.keys', 'must be a list with at least one key');
  }
  const read = written.map((key: unknown, index) => readKey(key, `tokens.keys[${index}]`));
  const keys = read.flatMap(({ keys: [key] }) => key ?? []);
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) return { keys: [], problems };
  if (!keys.some(({ active, privateKey }) => active && privateKey)) {
    return problem(
      'tokens.keys',
      'must contain an active key with a privateKey, which signs tokens',
    );
  }
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    return problem(
      'tokens.keys',
      'contains two keys with the same kid; give each key its own, or omit kid',
    );
  }
  return { keys, problems: [] };
}

function readKey(written: unknown, path: string): ReturnType<typeof readSigningKeys> {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    return problem(path, 'must be an object { algorithm, privateKey }');
  }
  const {
    kid,
    algorithm,
    privateKey,
    publicKey,
    active = true,
  } = written as Partial<SigningKeyOptions>;
  const unknown = Object.keys(written).find((name) => !NAMES.has(name));
  if (unknown !== undefined) {
    return problem(
      `${path}.${unknown}`,
      `is an unknown option; expected one of ${[...NAMES].join(', ')}`,
    );
  }
  if (algorithm === undefined || !Object.hasOwn(ALGORITHMS, algorithm)) {
    const names = Object.keys(ALGORITHMS).join(', ');
    return problem(`${path}.algorithm`, `must be one of ${names}`);
  }
  if (kid !== undefined && (typeof kid !== 'string' || !KID.test(kid))) {
    return problem(`${path}.kid`, 'must be 1 to 64 letters, digits, dots, dashes or underscores');
  }
  if (typeof active !== 'boolean') return problem(`${path}.active`, 'must be true or false');
  if (!privateKey && !publicKey)
    return problem(path, 'must have a privateKey, or a publicKey to verify with');
  const pair = privateKey ? privatePart(privateKey) : undefined;
  if (privateKey && !pair) {
    return problem(
      `${path}.privateKey`,
      'cannot be read; pass a PEM (PKCS#8) without a passphrase, or a KeyObject',
    );
  }
  const open = publicKey ? publicPart(publicKey) : pair && createPublicKey(pair);
  if (!open)
    return problem(`${path}.publicKey`, 'cannot be read; pass a PEM (SPKI) or a KeyObject');
  if (publicKey && pair && !createPublicKey(pair).equals(open)) {
    return problem(`${path}.publicKey`, 'does not match privateKey; omit it');
  }
  const misfit = misfitOf(open, algorithm);
  if (misfit) return problem(`${path}.algorithm`, misfit);
  const key = {
    kid: kid ?? thumbprint(open),
    algorithm,
    privateKey: pair,
    publicKey: open,
    active,
  };
  return { keys: [key], problems: [] };
}

/** A key of another type or curve than its algorithm requires would verify nothing, or tokens of another algorithm. */
function misfitOf(key: KeyObject, algorithm: AsymmetricAlgorithm): string | undefined {
  const { type, curve } = ALGORITHMS[algorithm];
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType !== type)
    return `${algorithm} needs a key of type ${type}, not ${asymmetricKeyType}`;
  if (curve !== undefined && asymmetricKeyDetails?.namedCurve !== curve) {
    return `${algorithm} needs the curve ${curve}, not ${asymmetricKeyDetails?.namedCurve}`;
  }
  const bits = asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < MIN_RSA_BITS) {
    return `the RSA key has ${bits} bits and needs at least ${MIN_RSA_BITS}`;
  }
  return undefined;
}

function privatePart(key: KeyMaterial): KeyObject | undefined {
  const read = key instanceof KeyObject ? key : parsed(key, createPrivateKey);
  return read?.type === 'private' ? read : undefined;
}

/** Returns the public part of a key, so that a private key is never used for verification or published in the JWKS. */
function publicPart(key: KeyMaterial): KeyObject | undefined {
  if (!(key instanceof KeyObject)) return parsed(key, createPublicKey);
  if (key.type === 'private') return createPublicKey(key);
  return key.type === 'public' ? key : undefined;
}

/** An error message of node:crypto may quote the unreadable key, so the message is dropped. */
function parsed(
  key: string | Uint8Array,
  parse: (key: string | Buffer) => KeyObject,
): KeyObject | undefined {
  try {
    return parse(typeof key === 'string' ? key : Buffer.from(key));
  } catch {
    return undefined;
  }
}

/** RFC 7638: the same key has the same id on every node. */
function thumbprint(key: KeyObject): string {
  const { e, n, crv, x, y, kty } = key.export({ format: 'jwk' });
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

function problem(path: string, message: string): ReturnType<typeof readSigningKeys> {
  return { keys: [], problems: [{ path, message }] };
}
