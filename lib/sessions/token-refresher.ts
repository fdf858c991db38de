import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.service.js';
import type { RefreshClaims } from '../jwt/token-claims.js';
import { TokenCodec } from '../jwt/token-codec.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { decideRefresh, type RefreshDecision } from '../rules/refresh-decision.js';
import { isLive, type SessionRecord } from '../rules/session-record.js';
import { RevocationLog } from '../store/revocation-log.js';
import { SessionStore } from '../store/session-store.js';
import { type Update, SessionUpdater } from '../store/session-updater.js';
import { rejectedToken } from './access-verifier.js';
import {
  ClaimsProvider,
  MAX_QUERIES,
  type ProvidedClaims,
  withProvidedClaims,
} from './claims-provider.js';
import { type IssuedPair, TokenIssuer } from './token-issuer.js';

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

/** Rotates refresh tokens. */
@Injectable()
export class TokenRefresher {
  constructor(
    private readonly codec: TokenCodec,
    private readonly issuer: TokenIssuer,
    private readonly store: SessionStore,
    private readonly log: RevocationLog,
    private readonly updater: SessionUpdater,
    private readonly claims: ClaimsProvider,
    private readonly revoker: SessionRevoker,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * The next token pair of the session, with its record.
   * @throws SessionError `TOKEN_INVALID`, `TOKEN_TYPE_INVALID`, `TOKEN_EXPIRED`, `SESSION_ENDED`, `REFRESH_REUSED`,
   * `STORE_UNAVAILABLE`
   */
  async refresh(refreshToken: string, source: RefreshSource = {}): Promise<IssuedPair> {
    const verified = this.codec.verifyRefresh(refreshToken, this.clock.nowMs());
    if (!verified.valid) throw new SessionError(rejectedToken(verified.reason).code);
    const presented = verified.claims;
    const { decision, issued } = await this.#decideAndRotate(presented, source);
    const { sub: userId, sid: handle, lin: lineage } = presented;
    const context = { userId, handle, lineage, ip: source.ip };
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
}

/** Rejects a refresh by cookie for a session without cookies: the client would not receive its new tokens. */
function requireDelivery(record: SessionRecord | null, { inCookie }: RefreshSource): void {
  if (inCookie && record && record.transport !== 'bearer-cookie') {
    throw new SessionError('TOKEN_INVALID');
  }
}
