import { Injectable } from '@nestjs/common';
import { randomId } from '../core/random.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { TokenCodec } from '../tokens/token-codec.js';
import type { RefreshStamp, RefreshState, SessionRecord } from './session-record.js';

/** What a bearer client gets (RFC 6749 section 5.1). */
export interface TokenPair {
  accessToken: string;
  refreshToken: string;
  /** Seconds until the access token expires. */
  expiresIn: number;
  tokenType: 'Bearer';
}

/** A pair with the record that makes it the live one, once that is written. */
export interface IssuedPair {
  readonly record: SessionRecord & { readonly refresh: RefreshState };
  readonly tokens: TokenPair;
}

/** Makes the tokens of a session from its record. */
@Injectable()
export class TokenIssuer {
  constructor(
    private readonly codec: TokenCodec,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * The next pair of the chain. It is signed before the record is written, so a failing signature changes nothing.
   * @param gen how many rotations came before it
   * @param previous the refresh token it replaces
   */
  next(record: SessionRecord, nowMs: number, gen: number, previous?: RefreshStamp): IssuedPair {
    const current = {
      jti: randomId(),
      ...this.#lifetime(record, nowMs, record.idleTimeoutMs),
    };
    const refresh = { gen, current, ...(previous && { previous }), rotatedAtMs: nowMs };
    const next = { ...record, refresh, lastSeenAtMs: nowMs };
    return { record: next, tokens: this.current(next, nowMs) };
  }

  /** The live refresh token of the record once more, with a fresh access token. */
  current(record: SessionRecord & { readonly refresh: RefreshState }, nowMs: number): TokenPair {
    const { iat, exp } = this.#lifetime(record, nowMs, this.options.tokens.accessTtlMs);
    const subject = { sub: record.userId, sid: record.handle, lin: record.lineage };
    const accessToken = this.codec.signAccess({
      ...subject,
      jti: randomId(),
      iat,
      exp,
      auth_time: seconds(record.authenticatedAtMs),
      cver: record.claimsVersion,
      epoch: record.epoch,
      app: record.claims,
    });
    const { gen, current } = record.refresh;
    const refreshToken = this.codec.signRefresh({ ...subject, ...current, gen });
    return { accessToken, refreshToken, expiresIn: exp - iat, tokenType: 'Bearer' };
  }

  /** No token outlives its session, be it used or not (ASVS 10.4.8, 7.3.1). */
  #lifetime(record: SessionRecord, nowMs: number, ttlMs: number): { iat: number; exp: number } {
    const { idleTimeoutMs, absoluteExpiresAtMs } = record;
    const endsAtMs = Math.min(nowMs + ttlMs, nowMs + idleTimeoutMs, absoluteExpiresAtMs);
    return { iat: seconds(nowMs), exp: seconds(endsAtMs) };
  }
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
