import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { requireCookieSize } from '../core/cookie-size.js';
import { randomId } from '../core/random.js';
import type { SessionClaims } from '../core/session.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { TokenCodec } from '../jwt/token-codec.js';
import type { TokenPair } from '../rules/token-pair.js';
import type { RefreshStamp, RefreshState, SessionRecord } from '../rules/session-record.js';

/** A token pair with the record that makes it current once it is written. */
export interface IssuedPair {
  readonly record: SessionRecord & { readonly refresh: RefreshState };
  readonly tokens: TokenPair;
}

/** Issues the tokens of a session from its record. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly codec: TokenCodec,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Issues the next token pair of the session. It is signed before the record is written, so tokens that cannot be
   * signed or delivered change nothing.
   * @param gen number of rotations before it
   * @param previous the refresh token that it replaces
   * @throws TypeError as `current`
   */
  issueNext(
    record: SessionRecord,
    nowMs: number,
    gen: number,
    previous?: RefreshStamp,
  ): IssuedPair {
    const reissueCurrent = {
      jti: randomId(),
      ...this.#lifetime(record, nowMs, record.idleTimeoutMs),
    };
    const refresh = {
      gen,
      current: reissueCurrent,
      ...(previous && { previous }),
      rotatedAtMs: nowMs,
    };
    const issueNext = { ...record, refresh, lastSeenAtMs: nowMs };
    return { record: issueNext, tokens: this.current(issueNext, nowMs) };
  }

  /**
   * Signs the current refresh token of the record again, with a new access token.
   * @throws TypeError if the claims make a token longer than the kit accepts, or longer than the cookie for it may be
   */
  current(record: SessionRecord & { readonly refresh: RefreshState }, nowMs: number): TokenPair {
    const { accessToken, expiresIn } = this.#access(record, nowMs);
    const { gen, current } = record.refresh;
    const refreshToken = this.codec.signRefresh({ ...subjectOf(record), ...current, gen });
    this.#requireDelivery(record, 'refreshName', refreshToken);
    return { accessToken, refreshToken, expiresIn, tokenType: 'Bearer' };
  }

  /**
   * Checks that the tokens of the session could carry these claims. Call it before writing claims: once they are in the
   * record, no refresh would succeed.
   * @throws TypeError as `current`
   */
  requireFit(record: SessionRecord, claims: SessionClaims, nowMs: number): void {
    if (record.transport === 'cookie' || isDeepStrictEqual(claims, record.claims)) return;
    // The longest version possible.
    const claimsVersion = Math.max(record.claimsVersion, nowMs);
    this.#access({ ...record, claims, claimsVersion }, nowMs);
  }

  #access(record: SessionRecord, nowMs: number): { accessToken: string; expiresIn: number } {
    const { iat, exp } = this.#lifetime(record, nowMs, this.options.tokens.accessTtlMs);
    const accessToken = this.codec.signAccess({
      ...subjectOf(record),
      jti: randomId(),
      iat,
      exp,
      auth_time: seconds(record.authenticatedAtMs),
      cver: record.claimsVersion,
      epoch: record.epoch,
      app: record.claims,
    });
    this.#requireDelivery(record, 'accessName', accessToken);
    return { accessToken, expiresIn: exp - iat };
  }

  #requireDelivery(
    { transport }: SessionRecord,
    cookie: 'accessName' | 'refreshName',
    token: string,
  ): void {
    if (transport === 'bearer-cookie') requireCookieSize(this.options.cookie[cookie], token);
  }

  /** No token outlives its session, whether the session is used or not (ASVS 10.4.8, 7.3.1). */
  #lifetime(record: SessionRecord, nowMs: number, ttlMs: number): { iat: number; exp: number } {
    const { idleTimeoutMs, absoluteExpiresAtMs } = record;
    const endsAtMs = Math.min(nowMs + ttlMs, nowMs + idleTimeoutMs, absoluteExpiresAtMs);
    return { iat: seconds(nowMs), exp: seconds(endsAtMs) };
  }
}

function subjectOf({ userId, handle, lineage }: SessionRecord) {
  return { sub: userId, sid: handle, lin: lineage };
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
