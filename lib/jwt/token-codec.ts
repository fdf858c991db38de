import type { KeyObject } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { Injectable } from '@nestjs/common';
import { SessionError } from '../core/session-error.js';
import { KeyRing, type KeyPurpose, type TokenKey } from './key-ring.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { SessionClaims, SessionUser } from '../core/session.js';
import { hasUtf8Payload, isCompactJwt, MAX_TOKEN_LENGTH, parseJwtHeader } from './compact-jwt.js';
import { type ClaimsValidation, validateClaims } from './validate-claims.js';
import { type AccessClaims, type RefreshClaims, userOf } from './token-claims.js';
import { TokenCache } from './token-cache.js';

/** Explicit types (RFC 8725bis section 3.11); RFC 9068 section 4 allows them with `application/` as well. */
const TYP: Record<KeyPurpose, string> = { access: 'at+jwt', refresh: 'rt+jwt' };

/** The login to which a token belongs. Only access tokens have `auth_time`. */
export type TokenOrigin = Pick<RefreshClaims, 'sub' | 'sid' | 'lin' | 'exp'> &
  Partial<Pick<AccessClaims, 'auth_time'>>;

/** The codec itself adds `iss`, `aud` and `type`. */
export type AccessInput = Omit<AccessClaims, 'iss' | 'aud' | 'type'> & {
  readonly app: SessionClaims;
};
export type RefreshInput = Omit<RefreshClaims, 'iss' | 'aud' | 'type'>;

/** A verified access token. Frozen, because the requests that carry the token share it. */
export interface VerifiedAccess {
  readonly claims: AccessClaims & SessionClaims;
  readonly user: SessionUser;
}

type Claims<P extends KeyPurpose> = P extends 'access'
  ? AccessClaims & SessionClaims
  : RefreshClaims;

/** Signs and verifies tokens. Knows keys, form and claims; whether a session is still live is checked elsewhere. */
@Injectable()
export class TokenCodec {
  /** One for each key, so that only the `kid` of a token selects a key. */
  readonly #jwt = new Map<TokenKey, JwtService>();
  /** Valid headers read before. Each key has only a few spellings of its header, so this stays small. */
  readonly #headers = new Map<string, TokenKey>();
  readonly #cache: TokenCache<VerifiedAccess>;

  constructor(
    private readonly keys: KeyRing,
    private readonly options: ResolvedOptions,
  ) {
    this.#cache = new TokenCache(options.tokens.verifiedCacheSize);
    for (const key of keys.keys()) this.#jwt.set(key, jwtServiceOf(key));
  }

  /** @throws TypeError if the claims make the token longer than the accepted length */
  signAccess({ app, ...claims }: AccessInput): string {
    return this.#sign('access', { ...app, ...claims });
  }

  signRefresh(claims: RefreshInput): string {
    return this.#sign('refresh', claims);
  }

  /**
   * @param nowMs epoch milliseconds
   * @throws SessionError `TOKEN_INVALID`, and after a valid signature `TOKEN_TYPE_INVALID`, `TOKEN_EXPIRED`
   */
  verifyAccess(token: string, nowMs: number): VerifiedAccess {
    const known = this.#known(token);
    if (known) {
      if (known.claims.exp <= Math.floor(nowMs / 1000)) throw new SessionError('TOKEN_EXPIRED');
      return known;
    }
    const claims = deepFreeze(this.#verify('access', token, nowMs));
    const verified = Object.freeze({ claims, user: userOf(claims) });
    this.#cache.set(token, verified);
    return verified;
  }

  /** As `verifyAccess`, for a refresh token. */
  verifyRefresh(token: string, nowMs: number): RefreshClaims {
    return this.#verify('refresh', token, nowMs);
  }

  /**
   * The session for which a genuine token was issued, expired or not and of either type.
   * @throws SessionError `TOKEN_INVALID`
   */
  originOf(token: string, nowMs: number): TokenOrigin {
    const known = this.#known(token);
    if (known) return known.claims;
    const { payload, purpose } = this.#open(token);
    const verdict = this.#validate(payload, purpose, purpose, nowMs);
    if (verdict !== 'valid' && verdict !== 'expired') throw new SessionError('TOKEN_INVALID');
    return payload as TokenOrigin;
  }

  /** The algorithms of all keys. */
  get algorithms(): ReadonlySet<TokenKey['algorithm']> {
    return new Set([...this.keys.keys()].map(({ algorithm }) => algorithm));
  }

  /** The key that must have signed this token, for a verifier of another package. */
  verificationKey(token: string): KeyObject | undefined {
    return isCompactJwt(token) ? this.#keyOf(headerOf(token))?.verifyWith : undefined;
  }

  /** An app may pass on any value that a client sent. */
  #known(token: unknown): VerifiedAccess | undefined {
    return typeof token === 'string' ? this.#cache.get(token) : undefined;
  }

  #sign(purpose: KeyPurpose, claims: object): string {
    const key = this.keys.signingKey(purpose);
    const { issuer: iss, audience: aud } = this.options.tokens;
    const header = { alg: key.algorithm, typ: TYP[purpose], kid: key.kid };
    const token = this.#jwtOf(key).sign({ ...claims, iss, aud, type: purpose }, { header });
    if (token.length > MAX_TOKEN_LENGTH) {
      throw new TypeError(
        `claims: the ${purpose} token would have ${token.length} characters, at most ${MAX_TOKEN_LENGTH} are allowed; keep large values in the session data`,
      );
    }
    return token;
  }

  #verify<P extends KeyPurpose>(wanted: P, token: string, nowMs: number): Claims<P> {
    const { payload, purpose } = this.#open(token);
    switch (this.#validate(payload, purpose, wanted, nowMs)) {
      case 'valid':
        return payload as Claims<P>;
      case 'expired':
        throw new SessionError('TOKEN_EXPIRED');
      case 'wrong-type':
        throw new SessionError('TOKEN_TYPE_INVALID');
      case 'invalid':
        throw new SessionError('TOKEN_INVALID');
    }
  }

  #validate(
    payload: unknown,
    purpose: KeyPurpose,
    wanted: KeyPurpose,
    nowMs: number,
  ): ClaimsValidation {
    const { issuer, audience } = this.options.tokens;
    return validateClaims(payload, {
      purpose,
      wanted,
      issuer,
      audience,
      nowSeconds: Math.floor(nowMs / 1000),
    });
  }

  /** Checks form, key and signature, in this order, with the same error for every failure (ASVS 9.1.1, 16.5.1). */
  #open(token: string): { payload: unknown; purpose: KeyPurpose } {
    if (!isCompactJwt(token)) throw new SessionError('TOKEN_INVALID');
    const key = this.#keyOf(headerOf(token));
    if (!key) throw new SessionError('TOKEN_INVALID');
    let payload: unknown;
    try {
      payload = this.#jwtOf(key).verify<object>(token);
    } catch {
      throw new SessionError('TOKEN_INVALID');
    }
    if (!hasUtf8Payload(token)) throw new SessionError('TOKEN_INVALID');
    return { payload, purpose: key.purpose };
  }

  /** The key named by a header, if algorithm and type are those of the key. */
  #keyOf(encodedHeader: string): TokenKey | undefined {
    const known = this.#headers.get(encodedHeader);
    if (known) return known;
    const header = parseJwtHeader(encodedHeader);
    const key = header && this.keys.find(header.kid);
    if (!key || header.alg !== key.algorithm) return undefined;
    if (header.typ !== TYP[key.purpose] && header.typ !== `application/${TYP[key.purpose]}`)
      return undefined;
    this.#headers.set(encodedHeader, key);
    return key;
  }

  #jwtOf(key: TokenKey): JwtService {
    return this.#jwt.get(key) as JwtService;
  }
}

function headerOf(token: string): string {
  return token.slice(0, token.indexOf('.'));
}

/** Times are checked by `validateClaims`, with the clock of the store and stricter types. */
function jwtServiceOf({ algorithm, signWith, verifyWith }: TokenKey): JwtService {
  const keys =
    verifyWith.type === 'secret'
      ? { secret: verifyWith }
      : { publicKey: verifyWith, ...(signWith && { privateKey: signWith }) };
  return new JwtService({
    ...keys,
    verifyOptions: { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true },
  });
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
