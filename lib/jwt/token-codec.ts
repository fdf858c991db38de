import { Injectable } from '@nestjs/common';
import type { SessionClaims, SessionUser } from '../core/session.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { MAX_TOKEN_LENGTH } from './compact-jwt.js';
import type { KeyPurpose } from './key-ring.js';
import { TokenCache } from './token-cache.js';
import { type AccessClaims, type RefreshClaims, userOf } from './token-claims.js';
import { type SignedPayload, TokenSignatures } from './token-signatures.js';
import { type ClaimsValidation, validateClaims } from './validate-claims.js';

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
  readonly valid: true;
  readonly claims: AccessClaims & SessionClaims;
  readonly user: SessionUser;
}

export interface VerifiedRefresh {
  readonly valid: true;
  readonly claims: RefreshClaims;
}

/** Why a token is refused. Only a token with a valid signature is `expired` or of the `wrong-type`. */
export type TokenRefusal = Exclude<ClaimsValidation, 'valid'>;

export interface RefusedToken {
  readonly valid: false;
  readonly reason: TokenRefusal;
}

const REFUSED: Readonly<Record<TokenRefusal, RefusedToken>> = {
  expired: { valid: false, reason: 'expired' },
  'wrong-type': { valid: false, reason: 'wrong-type' },
  invalid: { valid: false, reason: 'invalid' },
};

/** Signs and verifies tokens. Knows their claims; whether a session is still live is checked elsewhere. */
@Injectable()
export class TokenCodec {
  readonly #cache: TokenCache<VerifiedAccess>;

  constructor(
    private readonly signatures: TokenSignatures,
    private readonly options: ResolvedOptions,
  ) {
    this.#cache = new TokenCache(options.tokens.verifiedCacheSize);
  }

  /** @throws TypeError if the claims make the token longer than the accepted length */
  signAccess({ app, ...claims }: AccessInput): string {
    return this.#sign('access', { ...app, ...claims });
  }

  signRefresh(claims: RefreshInput): string {
    return this.#sign('refresh', claims);
  }

  /** @param nowMs epoch milliseconds */
  verifyAccess(token: string, nowMs: number): VerifiedAccess | RefusedToken {
    const known = this.#known(token);
    if (known) return known.claims.exp <= Math.floor(nowMs / 1000) ? REFUSED.expired : known;
    const signed = this.signatures.verify(token);
    const validation = this.#validate(signed, 'access', nowMs);
    if (!signed || validation !== 'valid') return refused(validation);
    const claims = deepFreeze(signed.payload as AccessClaims & SessionClaims);
    const verified = Object.freeze({ valid: true, claims, user: userOf(claims) } as const);
    this.#cache.set(token, verified);
    return verified;
  }

  /** As `verifyAccess`, for a refresh token. */
  verifyRefresh(token: string, nowMs: number): VerifiedRefresh | RefusedToken {
    const signed = this.signatures.verify(token);
    const validation = this.#validate(signed, 'refresh', nowMs);
    if (!signed || validation !== 'valid') return refused(validation);
    return { valid: true, claims: signed.payload as RefreshClaims };
  }

  /** The session for which a genuine token was issued, expired or not and of either type; undefined for any other. */
  originOf(token: unknown, nowMs: number): TokenOrigin | undefined {
    const known = this.#known(token);
    if (known) return known.claims;
    const signed = this.signatures.verify(token);
    const validation = this.#validate(signed, signed?.purpose, nowMs);
    const isGenuine = validation === 'valid' || validation === 'expired';
    return isGenuine ? (signed?.payload as TokenOrigin) : undefined;
  }

  /** An app may pass on any value that a client sent. */
  #known(token: unknown): VerifiedAccess | undefined {
    return typeof token === 'string' ? this.#cache.get(token) : undefined;
  }

  #sign(purpose: KeyPurpose, claims: object): string {
    const { issuer: iss, audience: aud } = this.options.tokens;
    const token = this.signatures.sign(purpose, { ...claims, iss, aud, type: purpose });
    if (token.length > MAX_TOKEN_LENGTH) {
      throw new TypeError(
        `claims: the ${purpose} token would have ${token.length} characters, at most ${MAX_TOKEN_LENGTH} are allowed; keep large values in the session data`,
      );
    }
    return token;
  }

  #validate(
    signed: SignedPayload | undefined,
    wanted: KeyPurpose | undefined,
    nowMs: number,
  ): ClaimsValidation {
    if (!signed || !wanted) return 'invalid';
    const { issuer, audience } = this.options.tokens;
    const { payload, purpose } = signed;
    const nowSeconds = Math.floor(nowMs / 1000);
    return validateClaims(payload, { purpose, wanted, issuer, audience, nowSeconds });
  }
}

function refused(validation: ClaimsValidation): RefusedToken {
  return validation === 'valid' ? REFUSED.invalid : REFUSED[validation];
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
