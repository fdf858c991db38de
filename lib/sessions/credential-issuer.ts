import { Injectable } from '@nestjs/common';
import type { Session, SessionClaims, Transport } from '../core/session.js';
import { handleOf, newHandle, newSecret } from '../rules/handle.js';
import { type SessionRecord, toSession } from '../rules/session-record.js';
import { TokenIssuer } from './token-issuer.js';
import { type TokenPair } from '../rules/token-pair.js';

/** A record under a new handle with its credential, which is handed over once the record is written. */
export type IssuedCredential<T extends Transport = Transport> = T extends 'cookie'
  ? { readonly transport: T; readonly record: SessionRecord; readonly secret: string }
  : { readonly transport: T; readonly record: SessionRecord; readonly tokens: TokenPair };

/**
 * A session with the credential of its transport. `SessionService.setCredential` accepts it, except for bearer
 * sessions.
 */
export type SessionWithCredential<T extends Transport = Transport> = T extends 'cookie'
  ? { readonly transport: T; readonly session: Session<T>; readonly secret: string }
  : { readonly transport: T; readonly session: Session<T>; readonly tokens: TokenPair };

/** The session of an issued credential, for the app to hand over. */
export function withCredential({ record, ...credential }: IssuedCredential): SessionWithCredential {
  return { session: toSession(record), ...credential } as SessionWithCredential;
}

/** Issues the credentials of sessions for each transport. */
@Injectable()
export class CredentialIssuer {
  constructor(private readonly tokens: TokenIssuer) {}

  /** Issues a new handle and credential for a session; the previous credentials end with the old handle. */
  issue(session: Omit<SessionRecord, 'handle'>, nowMs: number): IssuedCredential {
    const { refresh: _ended, ...rest } = session;
    const fresh = { ...rest, deniedTokens: [] };
    const { transport, userId } = session;
    if (transport === 'cookie') {
      const secret = newSecret(userId);
      return { transport, record: { ...fresh, handle: handleOf(secret) }, secret };
    }
    return {
      transport,
      ...this.tokens.issueNext({ ...fresh, handle: newHandle(userId) }, nowMs, 0),
    };
  }

  /**
   * Checks that the tokens of all sessions of a user can carry these claims, before any of them receives the claims.
   * @throws TypeError if they cannot
   */
  requireFit(records: readonly SessionRecord[], claims: SessionClaims, nowMs: number): void {
    // The size depends on the user and the transport, so one session of each transport represents the others.
    const byTransport = new Map(records.map((record) => [record.transport, record]));
    for (const record of byTransport.values()) this.tokens.requireFit(record, claims, nowMs);
  }
}
