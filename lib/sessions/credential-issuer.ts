import { Injectable } from '@nestjs/common';
import type { Session, SessionClaims, Transport } from '../core/session.js';
import { handleOf, newHandle, newSecret } from '../rules/handle.js';
import type { RequestState } from '../http/request-state.js';
import { type SessionRecord, toSession } from '../rules/session-record.js';
import { TokenIssuer } from './token-issuer.js';
import { type TokenPair } from '../rules/token-pair.js';

/** A record under a new handle with what proves it, to be handed over once the record is written. */
export type IssuedCredential<T extends Transport = Transport> = T extends 'cookie'
  ? { readonly transport: T; readonly record: SessionRecord; readonly secret: string }
  : { readonly transport: T; readonly record: SessionRecord; readonly tokens: TokenPair };

/** A session with the credential of its transport. `SessionService.setCredential` takes it, unless it is a bearer session. */
export type SessionWithCredential<T extends Transport = Transport> = T extends 'cookie'
  ? { readonly transport: T; readonly session: Session<T>; readonly secret: string }
  : { readonly transport: T; readonly session: Session<T>; readonly tokens: TokenPair };

/** The session of an issued credential, for the app to hand over. */
export function withCredential({ record, ...credential }: IssuedCredential): SessionWithCredential {
  return { session: toSession(record), ...credential } as SessionWithCredential;
}

/** What of a credential belongs into the answer's body. */
export interface ResponseTokens {
  readonly tokens?: TokenPair;
}

/** Gives sessions what proves them, each transport in its way. */
@Injectable()
export class CredentialIssuer {
  constructor(private readonly tokens: TokenIssuer) {}

  /** A new handle and credential for a session; what proved it before ends with its old handle. */
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
   * Checks, before any of the sessions of a user gets these claims, that the tokens of all can carry them.
   * @throws TypeError when they cannot
   */
  requireFit(records: readonly SessionRecord[], claims: SessionClaims, nowMs: number): void {
    // The size depends on the user and the transport, so one session of each transport stands for the others.
    const byTransport = new Map(records.map((record) => [record.transport, record]));
    for (const record of byTransport.values()) this.tokens.requireFit(record, claims, nowMs);
  }

  /**
   * Prepares to put the credential where its transport keeps it. What a browser keeps stays out of bodies (ASVS 10.1.1).
   * @returns does it, once the record is written, and returns the tokens that belong into the body
   * @throws TypeError when the browser could not keep it
   */
  prepare(state: RequestState, issued: IssuedCredential, nowMs: number): () => ResponseTokens {
    const { record } = issued;
    const persistForMs = record.persistent ? record.absoluteExpiresAtMs - nowMs : undefined;
    const setCookies =
      issued.transport === 'bearer' ? undefined : state.prepareCredential(issued, persistForMs);
    return () => {
      state.http.setHeader('Cache-Control', 'no-store');
      setCookies?.();
      return issued.transport === 'bearer' ? { tokens: issued.tokens } : {};
    };
  }
}
