import type { KeyObject } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { Injectable } from '@nestjs/common';
import { hasUtf8Payload, isCompactJwt, parseJwtHeader } from './compact-jwt.js';
import { type KeyPurpose, KeyRing, type TokenKey } from './key-ring.js';

/** Explicit types (RFC 8725bis section 3.11); RFC 9068 section 4 allows them with `application/` as well. */
const TYP: Record<KeyPurpose, string> = { access: 'at+jwt', refresh: 'rt+jwt' };

/** The payload of a token with a valid signature. Its claims are not validated. */
export interface SignedPayload {
  readonly payload: unknown;
  /** The purpose of the key that signed it. */
  readonly purpose: KeyPurpose;
}

/** A key with the service that uses it and no other key. */
interface KeyService {
  readonly key: TokenKey;
  readonly jwt: JwtService;
}

/** Signs tokens and verifies their signatures. The `kid` of a token alone selects the key. */
@Injectable()
export class TokenSignatures {
  readonly #byKid: ReadonlyMap<string, KeyService>;
  readonly #signing: Readonly<Record<KeyPurpose, KeyService>>;
  /** Valid headers read before. Each key has only a few spellings of its header, so this stays small. */
  readonly #headers = new Map<string, KeyService>();

  constructor(keys: KeyRing) {
    this.#byKid = new Map([...keys.keys()].map((key) => [key.kid, serviceOf(key)]));
    this.#signing = {
      access: serviceOf(keys.signingKey('access')),
      refresh: serviceOf(keys.signingKey('refresh')),
    };
  }

  /** The algorithms of all keys. */
  get algorithms(): ReadonlySet<TokenKey['algorithm']> {
    return new Set([...this.#byKid.values()].map(({ key }) => key.algorithm));
  }

  /** The key that must have signed this token, for a verifier of another package. */
  verificationKey(token: string): KeyObject | undefined {
    return isCompactJwt(token) ? this.#find(token)?.key.verifyWith : undefined;
  }

  sign(purpose: KeyPurpose, payload: object): string {
    const { key, jwt } = this.#signing[purpose];
    return jwt.sign(payload, {
      header: { alg: key.algorithm, typ: TYP[purpose], kid: key.kid },
    });
  }

  /** Checks form, key and signature, in this order, with the same outcome for every failure (ASVS 9.1.1, 16.5.1). */
  verify(token: unknown): SignedPayload | undefined {
    if (!isCompactJwt(token)) return undefined;
    const found = this.#find(token);
    if (!found) return undefined;
    let payload: unknown;
    try {
      payload = found.jwt.verify<object>(token);
    } catch {
      return undefined;
    }
    return hasUtf8Payload(token) ? { payload, purpose: found.key.purpose } : undefined;
  }

  /** By the header, if its algorithm and type are those of the key. */
  #find(token: string): KeyService | undefined {
    const encoded = token.slice(0, token.indexOf('.'));
    const known = this.#headers.get(encoded);
    if (known) return known;
    const header = parseJwtHeader(encoded);
    const found = header && this.#byKid.get(header.kid);
    if (!found || header.alg !== found.key.algorithm) return undefined;
    const typ = TYP[found.key.purpose];
    if (header.typ !== typ && header.typ !== `application/${typ}`) return undefined;
    this.#headers.set(encoded, found);
    return found;
  }
}

/** Times are checked by `validateClaims`, with the clock of the store and stricter types. */
function serviceOf(key: TokenKey): KeyService {
  const { algorithm, signWith, verifyWith } = key;
  const keys =
    verifyWith.type === 'secret'
      ? { secret: verifyWith }
      : { publicKey: verifyWith, ...(signWith && { privateKey: signWith }) };
  const jwt = new JwtService({
    ...keys,
    verifyOptions: { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true },
  });
  return { key, jwt };
}
