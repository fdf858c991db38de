import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Session, SessionClaims } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.service.js';
import { KeyRing } from '../jwt/key-ring.js';
import { type JsonWebKeySet, publicKeySet } from '../jwt/jwks.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { AccessClaims, RefreshClaims } from '../jwt/token-claims.js';
import { TokenCodec, type VerifiedAccess } from '../jwt/token-codec.js';
import { type AccessDecision, decideAccess } from '../rules/access-decision.js';
import {
  type ProvidedClaims,
  ClaimsProvider,
  MAX_QUERIES,
  withProvidedClaims,
} from './claims-provider.js';
import { requireObject } from '../rules/arguments.js';
import { isHandle } from '../rules/handle.js';
import { decideRefresh, type RefreshDecision } from '../rules/refresh-decision.js';
import { RevocationCache } from '../revocation/revocation-cache.js';
import { isLive, type SessionRecord } from '../rules/session-record.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { RevocationLog } from '../store/revocation-log.js';
import { SessionStore } from '../store/session-store.js';
import { type Update, SessionUpdater } from '../store/session-updater.js';
import { type IssuedPair, TokenIssuer } from './token-issuer.js';
import { type TokenPair } from '../rules/token-pair.js';

/** Maximum number of access tokens denied individually per session; beyond it the session ends instead. */
const MAX_DENIED_TOKENS = 16;

interface Refreshed {
  readonly decision: RefreshDecision;
  readonly issued?: IssuedPair;
}

/** The origin of a refresh token. */
export interface RefreshSource {
  /** Address of the client, for the audit. */
  readonly ip?: string | undefined;
  /** Whether it was sent in a cookie, so that the new tokens go into cookies. Default false. */
  readonly inCookie?: boolean;
}

/** An access token with a valid signature. */
export interface LocalVerification {
  readonly verified: VerifiedAccess;
  /** Whether the token is valid; false if only the store can tell. */
  readonly isFinal: boolean;
}

/** Issues, verifies, rotates and revokes the access and refresh tokens of sessions. */
@Injectable()
export class TokenService {
  constructor(
    private readonly keys: KeyRing,
    private readonly codec: TokenCodec,
    private readonly issuer: TokenIssuer,
    private readonly store: SessionStore,
    private readonly log: RevocationLog,
    private readonly cache: RevocationCache,
    private readonly updater: SessionUpdater,
    private readonly claims: ClaimsProvider,
    private readonly revoker: SessionRevoker,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
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
    const { verified, isFinal } = this.verifyLocally(token);
    if (!isFinal) await this.readRecord(verified.claims);
    return verified.claims;
  }

  /**
   * @internal As `verifyAccess`, as far as possible without the store.
   * @throws SessionError `TOKEN_INVALID`, `TOKEN_TYPE_INVALID`, `TOKEN_EXPIRED`, `SESSION_ENDED`
   */
  verifyLocally(token: string): LocalVerification {
    const verified = this.codec.verifyAccess(token, this.clock.nowMs());
    if (this.options.revocation.check === 'none') return { verified, isFinal: true };
    const decision = this.cache.decide(verified.claims);
    if (decision === undefined) return { verified, isFinal: false };
    requireValid(decision);
    return { verified, isFinal: true };
  }

  /**
   * @internal The record of an access token's session, if the store confirms that the token is valid.
   * @throws SessionError `TOKEN_EXPIRED`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  async readRecord(claims: AccessClaims): Promise<SessionRecord> {
    const record = await this.store.read(claims.sid);
    requireValid(decideAccess(claims, record, this.clock.nowMs()));
    return record as SessionRecord;
  }

  /**
   * The claims of a refresh token that is genuine and has not expired. Only `refresh` decides whether it may still be
   * used, because the decision requires the use.
   * @throws SessionError `TOKEN_INVALID`, `TOKEN_TYPE_INVALID`, `TOKEN_EXPIRED`
   */
  async verifyRefresh(token: string): Promise<RefreshClaims> {
    return this.codec.verifyRefresh(token, this.clock.nowMs());
  }

  /**
   * Rotates a refresh token. The same token within `tokens.reuseGraceSeconds` yields the same successor, so a lost
   * answer or a second tab does not log the user out; later, it ends the session (RFC 9700 section 4.14.2, ASVS
   * 10.4.5).
   * @throws SessionError `TOKEN_INVALID`, `TOKEN_TYPE_INVALID`, `TOKEN_EXPIRED`, `SESSION_ENDED`, `REFRESH_REUSED`,
   * `STORE_UNAVAILABLE`
   */
  async refresh(refreshToken: string): Promise<TokenPair> {
    return (await this.rotate(refreshToken)).tokens;
  }

  /** @internal As `refresh`, with the record. */
  async rotate(refreshToken: string, source: RefreshSource = {}): Promise<IssuedPair> {
    const { ip } = source;
    const presented = this.codec.verifyRefresh(refreshToken, this.clock.nowMs());
    const { decision, issued } = await this.#decideAndRotate(presented, source);
    const { sub: userId, sid: handle, lin: lineage } = presented;
    const context = { userId, handle, lineage, ip };
    if (issued) {
      if (decision.outcome === 'replay') await this.#publishClaims(issued.record);
      const type = decision.outcome === 'rotate' ? 'session.refreshed' : 'session.replayed';
      this.events.emit({ type, ...context });
      return issued;
    }
    if (decision.outcome === 'expired') this.events.emit({ type: 'session.expired', ...context });
    if (decision.outcome !== 'reused') throw new SessionError('SESSION_ENDED');
    const { reuse, ageMs } = decision;
    const tell = (): void => this.events.emit({ type: 'session.reused', reuse, ageMs, ...context });
    await this.revoker.revokeAndReport({ handle, userId, lineage }, tell);
    throw new SessionError('REFRESH_REUSED');
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
    const access = verifiedOrUndefined(() => this.codec.verifyAccess(token, nowMs).claims);
    if (access) return this.#deny(access);
    const refresh = verifiedOrUndefined(() => this.codec.verifyRefresh(token, nowMs));
    if (!refresh) return;
    const { sid: handle, sub: userId, lin: lineage } = refresh;
    await this.revoker.revoke({ handle, userId, lineage }, { by: 'service' });
  }

  async #decideAndRotate(presented: RefreshClaims, source: RefreshSource): Promise<Refreshed> {
    for (let queries = 0; queries < MAX_QUERIES; queries++) {
      const provided = await this.#provideClaims(presented, source.ip);
      const refreshed = await this.updater.update(presented.sid, (record, nowMs) => {
        requireDelivery(record, source);
        return this.#refresh(presented, provided, record, nowMs);
      });
      if (refreshed) return refreshed;
    }
    // The claims keep changing: as with a `claimsFor` that fails, nothing is rotated.
    throw new SessionError('STORE_UNAVAILABLE');
  }

  /** Claims of the app for this refresh; undefined keeps those of the record. */
  async #provideClaims(
    { sid: handle }: RefreshClaims,
    ip: string | undefined,
  ): Promise<ProvidedClaims | undefined> {
    if (!this.claims.isConfigured) return undefined;
    const record = await this.store.read(handle);
    // The refresh itself detects and reports an ended session.
    if (!record || !isLive(record, this.clock.nowMs())) return undefined;
    const claims = await this.claims.claimsOf(record);
    if (claims) return { claims, claimsVersion: record.claimsVersion };
    await this.revoker.revoke({ handle }, { by: 'claims', ip });
    throw new SessionError('SESSION_ENDED');
  }

  /** Publishes again: the refresh that is repeated may have changed the claims and failed to publish them. */
  async #publishClaims({ handle, claimsVersion }: SessionRecord): Promise<void> {
    if (!this.claims.isConfigured || claimsVersion === 0) return;
    await this.log.publish([{ type: 'claims', handle, claimsVersion }]);
  }

  /** The result is undefined if the claims of the session changed after the claims provider was called. */
  #refresh(
    presented: RefreshClaims,
    provided: ProvidedClaims | undefined,
    record: SessionRecord | null,
    nowMs: number,
  ): Update<Refreshed | undefined> {
    const graceMs = this.options.tokens.reuseGraceMs;
    const decision = decideRefresh({ presented, record, nowMs, graceMs });
    if (!record?.refresh) return { result: { decision } };
    const renewed = provided ? withProvidedClaims(record, provided, nowMs) : record;
    switch (decision.outcome) {
      case 'rotate': {
        if (!renewed) return { result: undefined };
        const next = this.issuer.issueNext(renewed, nowMs, decision.gen, decision.previous);
        return { result: { decision, issued: next }, write: next.record };
      }
      case 'replay': {
        if (!renewed) return { result: undefined };
        const same = { ...renewed, refresh: record.refresh };
        const issued = { record: same, tokens: this.issuer.current(same, nowMs) };
        return { result: { decision, issued }, ...(renewed !== record && { write: same }) };
      }
      default:
        return { result: { decision } };
    }
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

/** Rejects a refresh by cookie for a session without cookies: the client would not receive its new tokens. */
function requireDelivery(record: SessionRecord | null, { inCookie }: RefreshSource): void {
  if (inCookie && record && record.transport !== 'bearer-cookie') {
    throw new SessionError('TOKEN_INVALID');
  }
}

function requireBearer({ transport }: SessionRecord): void {
  if (transport === 'bearer') return;
  throw new TypeError(
    `TokenService.issue takes sessions with the transport bearer, this one has ${transport}; open one with create({ transport: 'bearer', ... })`,
  );
}

/** @throws SessionError that tells a client whether a refresh helps */
function requireValid(decision: AccessDecision): void {
  switch (decision) {
    case 'valid':
      return;
    case 'ended':
      throw new SessionError('SESSION_ENDED');
    // The session is live and a refresh yields a valid token; clients refresh on this code.
    case 'denied':
    case 'outdated':
      throw new SessionError('TOKEN_EXPIRED');
  }
}

/** The result of a verification; undefined if it refuses the token. */
function verifiedOrUndefined<T>(verify: () => T): T | undefined {
  try {
    return verify();
  } catch (error) {
    if (error instanceof SessionError) return undefined;
    throw error;
  }
}
