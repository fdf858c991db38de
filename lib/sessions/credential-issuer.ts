import { Injectable } from '@nestjs/common';
import { handleOf, newHandle, newSecret } from './handle.js';
import type { RequestState } from './request-state.js';
import type { SessionRecord } from './session-record.js';
import { TokenIssuer, type TokenPair } from './token-issuer.js';

/** A record under a new handle with what proves it, to be handed over once the record is written. */
export interface IssuedCredential {
  readonly record: SessionRecord;
  /** Of a session that a cookie carries. */
  readonly secret?: string;
  /** Of a session that tokens carry. */
  readonly tokens?: TokenPair;
}

/** What of a credential belongs into the answer's body. */
export interface Handed {
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
    if (session.transport === 'cookie') {
      const secret = newSecret(session.userId);
      return { record: { ...fresh, handle: handleOf(secret) }, secret };
    }
    return this.tokens.next({ ...fresh, handle: newHandle(session.userId) }, nowMs, 0);
  }

  /**
   * Prepares to put the credential where its transport keeps it. What a browser keeps stays out of bodies (ASVS 10.1.1).
   * @returns does it, once the record is written, and returns the tokens that belong into the body
   * @throws TypeError when the browser could not keep it
   */
  prepare(state: RequestState, issued: IssuedCredential, nowMs: number): () => Handed {
    const { record, tokens } = issued;
    const persistForMs = record.persistent ? record.absoluteExpiresAtMs - nowMs : undefined;
    const setCookies = cookieSetter(state, issued, persistForMs);
    return () => {
      state.http.setHeader('Cache-Control', 'no-store');
      setCookies?.();
      return tokens && record.transport === 'bearer' ? { tokens } : {};
    };
  }
}

function cookieSetter(
  state: RequestState,
  { record, secret, tokens }: IssuedCredential,
  persistForMs: number | undefined,
): (() => void) | undefined {
  if (secret !== undefined) {
    return state.prepareCredential({ transport: 'cookie', secret }, persistForMs);
  }
  if (!tokens || record.transport === 'bearer') return undefined;
  return state.prepareCredential({ transport: 'bearer-cookie', tokens }, persistForMs);
}
