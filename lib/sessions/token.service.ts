import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Session, SessionClaims } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.service.js';
import { type JsonWebKeySet, publicKeySet } from '../jwt/jwks.js';
import { KeyRing } from '../jwt/key-ring.js';
import type { AccessClaims, RefreshClaims } from '../jwt/token-claims.js';
import { TokenCodec } from '../jwt/token-codec.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { requireObject } from '../rules/arguments.js';
import { isHandle } from '../rules/handle.js';
import { isLive, type SessionRecord } from '../rules/session-record.js';
import { type TokenPair } from '../rules/token-pair.js';
import { RevocationLog } from '../store/revocation-log.js';
import { SessionUpdater } from '../store/session-updater.js';
import { AccessVerifier, rejectedToken } from './access-verifier.js';
import { TokenIssuer } from './token-issuer.js';
import { TokenRefresher } from './token-refresher.js';

/** Maximum number of access tokens denied individually per session; beyond it the session ends instead. */
const MAX_DENIED_TOKENS = 16;

/** Issues, verifies, rotates and revokes the access and refresh tokens of sessions. */
@Injectable()
export class TokenService {
  constructor(
    private readonly keys: KeyRing,
    private readonly codec: TokenCodec,
    private readonly issuer: TokenIssuer,
    private readonly verifier: AccessVerifier,
    private readonly refresher: TokenRefresher,
    private readonly log: RevocationLog,
    private readonly updater: SessionUpdater,
    private readonly revoker: SessionRevoker,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Issues a new token pair for a session whose transport is `bearer`. Like a refresh, it replaces the previous pair,
   * so a session has one current refresh token.
   * @throws TypeError for a session with another transport: its browser would not receive the tokens
   * @throws SessionError `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  async issue(session: Session<'bearer'>): Promise<TokenPair> {
    requireObject('session', session);
    if (!isHandle(session.handle)) throw new SessionError('SESSION_ENDED');
    const tokens = await this.updater.update<TokenPair | undefined>(
      session.handle,
      (record, nowMs) => {
        if (!record || !isLive(record, nowMs)) return { result: undefined };
        requireBearer(record);
        const { gen, current } = record.refresh ?? { gen: -1 };
        const next = this.issuer.issueNext(record, nowMs, gen + 1, current);
        return { result: next.tokens, write: next.record };
      },
    );
    if (!tokens) throw new SessionError('SESSION_ENDED');
    return tokens;
  }

  /**
   * The claims of an access token that is valid now. Checks signature, issuer, audience, type and expiry, and by
   * `revocation.check` that neither the token nor its session was revoked.
   * @throws SessionError `TOKEN_INVALID`, `TOKEN_TYPE_INVALID`, `TOKEN_EXPIRED`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  async verifyAccess(token: string): Promise<AccessClaims & SessionClaims> {
    const verified = await this.verifier.verify(token);
    if (!verified.valid) throw new SessionError(verified.code);
    return verified.claims;
  }

  /**
   * The claims of a refresh token that is genuine and has not expired. Only `refresh` decides whether it may still be
   * used, because the decision requires the use.
   * @throws SessionError `TOKEN_INVALID`, `TOKEN_TYPE_INVALID`, `TOKEN_EXPIRED`
   */
  async verifyRefresh(token: string): Promise<RefreshClaims> {
    const verified = this.codec.verifyRefresh(token, this.clock.nowMs());
    if (!verified.valid) throw new SessionError(rejectedToken(verified.reason).code);
    return verified.claims;
  }

  /**
   * Rotates a refresh token. The same token within `tokens.reuseGraceSeconds` yields the same successor, so a lost
   * answer or a second tab does not log the user out; later, it ends the session (RFC 9700 section 4.14.2, ASVS
   * 10.4.5).
   * @throws SessionError `TOKEN_INVALID`, `TOKEN_TYPE_INVALID`, `TOKEN_EXPIRED`, `SESSION_ENDED`, `REFRESH_REUSED`,
   * `STORE_UNAVAILABLE`
   */
  async refresh(refreshToken: string): Promise<TokenPair> {
    return (await this.refresher.refresh(refreshToken)).tokens;
  }

  /** The keys that verify access tokens, for other services; empty without `tokens.keys` (RFC 7517 section 5). */
  publicKeys(): JsonWebKeySet {
    return publicKeySet(this.keys);
  }

  /**
   * Revokes an access token individually, or the session of a refresh token. A token that is not from this app, or is
   * no longer valid, needs no revocation and is not an error (RFC 7009 section 2.2).
   * @throws SessionError `STORE_UNAVAILABLE`
   */
  async revoke(token: string): Promise<void> {
    const nowMs = this.clock.nowMs();
    const access = this.codec.verifyAccess(token, nowMs);
    if (access.valid) return this.#deny(access.claims);
    const refresh = this.codec.verifyRefresh(token, nowMs);
    if (!refresh.valid) return;
    const { sid: handle, sub: userId, lin: lineage } = refresh.claims;
    await this.revoker.revoke({ handle, userId, lineage }, { by: 'service' });
  }

  /** Stored in the record of its session, so that checking a token takes one read. */
  async #deny({ sub, sid, jti, exp }: AccessClaims): Promise<void> {
    await this.log.publish([{ type: 'token', jti }]);
    const outcome = await this.updater.update<'known' | 'full' | 'denied'>(sid, (record, nowMs) => {
      if (!record || record.deniedTokens.some((denied) => denied.jti === jti)) {
        return { result: 'known' };
      }
      const live = record.deniedTokens.filter((denied) => denied.exp * 1000 > nowMs);
      if (live.length >= MAX_DENIED_TOKENS) return { result: 'full' };
      return { result: 'denied', write: { ...record, deniedTokens: [...live, { jti, exp }] } };
    });
    if (outcome === 'full') await this.revoker.revoke({ handle: sid }, { by: 'service' });
    if (outcome === 'denied') {
      this.events.emit({ type: 'token.revoked', userId: sub, handle: sid });
    }
  }
}

function requireBearer({ transport }: SessionRecord): void {
  if (transport === 'bearer') return;
  throw new TypeError(
    `TokenService.issue takes sessions with the transport bearer, this one has ${transport}; open one with create({ transport: 'bearer', ... })`,
  );
}
