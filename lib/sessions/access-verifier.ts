import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { SessionError, type SessionErrorCode } from '../core/session-error.js';
import { RecordReader } from '../http/request-state.js';
import type { AccessClaims } from '../jwt/token-claims.js';
import { TokenCodec, type TokenRefusal, type VerifiedAccess } from '../jwt/token-codec.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { RevocationCache } from '../revocation/revocation-cache.js';
import { type AccessDecision, decideAccess } from '../rules/access-decision.js';
import { isLive, type SessionRecord } from '../rules/session-record.js';
import { SessionStore } from '../store/session-store.js';

/** A credential that is not valid, and the code of the error for its client. */
export interface RejectedCredential {
  readonly valid: false;
  readonly code: SessionErrorCode;
}

/** The record of a live session whose access token is valid. */
export interface ConfirmedAccess {
  readonly valid: true;
  readonly record: SessionRecord;
}

/** An access token that is valid now, with the record of its session if the store was asked. */
export type ValidAccess = VerifiedAccess & { readonly record?: SessionRecord };

const REJECTED: Readonly<
  Record<TokenRefusal | Exclude<AccessDecision, 'valid'>, RejectedCredential>
> = {
  expired: { valid: false, code: 'TOKEN_EXPIRED' },
  'wrong-type': { valid: false, code: 'TOKEN_TYPE_INVALID' },
  invalid: { valid: false, code: 'TOKEN_INVALID' },
  ended: { valid: false, code: 'SESSION_ENDED' },
  // The session is live and a refresh yields a valid token; clients refresh on this code.
  denied: { valid: false, code: 'TOKEN_EXPIRED' },
  outdated: { valid: false, code: 'TOKEN_EXPIRED' },
};

/** The rejection of a token that the codec refused. */
export function rejectedToken(reason: TokenRefusal): RejectedCredential {
  return REJECTED[reason];
}

/** Determines whether an access token is valid now, and whether a session still is. */
@Injectable()
export class AccessVerifier extends RecordReader {
  constructor(
    private readonly codec: TokenCodec,
    private readonly cache: RevocationCache,
    private readonly store: SessionStore,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {
    super();
  }

  /**
   * Checks signature, claims and expiry, and by `revocation.check` that neither the token nor its session was revoked.
   * @returns synchronously if the store is not needed, which saves a request with a token some promises
   * @throws SessionError `STORE_UNAVAILABLE`
   */
  verify(
    token: string,
  ): ValidAccess | RejectedCredential | Promise<ValidAccess | RejectedCredential> {
    const verified = this.codec.verifyAccess(token, this.clock.nowMs());
    if (!verified.valid) return REJECTED[verified.reason];
    if (this.options.revocation.check === 'none') return verified;
    const decision = this.cache.decide(verified.claims);
    if (decision === undefined) return this.#verifyWithStore(verified);
    return decision === 'valid' ? verified : REJECTED[decision];
  }

  /**
   * Checks a verified access token by the record of its session.
   * @throws SessionError `STORE_UNAVAILABLE`
   */
  async confirm(claims: AccessClaims): Promise<ConfirmedAccess | RejectedCredential> {
    const record = await this.store.read(claims.sid);
    if (!record) return REJECTED.ended;
    const decision = decideAccess(claims, record, this.clock.nowMs());
    return decision === 'valid' ? { valid: true, record } : REJECTED[decision];
  }

  async readRecord(handle: string, claims?: AccessClaims): Promise<SessionRecord> {
    if (claims) {
      const confirmed = await this.confirm(claims);
      if (confirmed.valid) return confirmed.record;
      throw new SessionError(confirmed.code);
    }
    const record = await this.store.read(handle);
    if (record && isLive(record, this.clock.nowMs())) return record;
    throw new SessionError('SESSION_ENDED');
  }

  async #verifyWithStore(verified: VerifiedAccess): Promise<ValidAccess | RejectedCredential> {
    const confirmed = await this.confirm(verified.claims);
    return confirmed.valid ? { ...verified, record: confirmed.record } : confirmed;
  }
}
