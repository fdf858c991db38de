import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Session, Transport } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.service.js';
import type { AccessClaims } from '../jwt/token-claims.js';
import type { VerifiedAccess } from '../jwt/token-codec.js';
import { handleOf, isSecret } from '../rules/handle.js';
import type { HttpExchange } from '../http/http-exchange.js';
import {
  type AuthenticatedIdentity,
  type Identity,
  identityOf,
  type RequestState,
  RequestStateFactory,
} from '../http/request-state.js';
import { isLive, type SessionRecord, toSession } from '../rules/session-record.js';
import { SessionStore } from '../store/session-store.js';
import { ActivityTracker } from './activity-tracker.js';
import { TokenService } from './token.service.js';

/** Result of verifying one credential. */
interface AuthenticationResult {
  readonly identity: Identity;
  readonly record?: SessionRecord | undefined;
  readonly claims?: AccessClaims;
}

/** Determines the identity of a request. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly requests: RequestStateFactory,
    private readonly tokens: TokenService,
    private readonly store: SessionStore,
    private readonly activity: ActivityTracker,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
  ) {
    requests.readSession = (state) => this.#readSession(state);
  }

  /**
   * The identity of the request, determined once for all callers.
   * @returns synchronously if the store is not needed, which saves a request with a token some promises
   * @throws SessionError `STORE_UNAVAILABLE`: an outage never makes a request anonymous
   */
  authenticate(http: HttpExchange): Identity | Promise<Identity> {
    const state = this.requests.of(http);
    if (state.identity !== undefined) return state.identity;
    const found = this.#authenticateRequest(state);
    if ('authenticated' in found) return (state.identity = found);
    const settled = found.then((identity) => {
      // A login in the meantime takes precedence.
      if (state.identity === settled) state.identity = identity;
      return identity;
    });
    return (state.identity = settled);
  }

  async #readSession(state: RequestState): Promise<Session> {
    const identity = await this.authenticate(state.http);
    if (!identity.authenticated) throw state.applyErrorHeaders(identity.failure);
    state.record ??= await state.withErrorHeaders(this.#readRecord(state, identity.handle));
    return toSession(state.record);
  }

  async #readRecord({ claims }: RequestState, handle: string): Promise<SessionRecord> {
    if (claims) return this.tokens.readRecord(claims);
    const record = await this.store.read(handle);
    if (record && isLive(record, this.clock.nowMs())) return record;
    throw new SessionError('SESSION_ENDED');
  }

  /**
   * Decides by all credentials of the request:
   * 1. Several credentials of one kind, or none: anonymous.
   * 2. A bearer token takes precedence over cookies; if it is refused, a cookie does not make up for it.
   * 3. Live credentials of different users: anonymous, because picking one would be a guess.
   * 4. Otherwise the first live one: bearer, access cookie, session cookie.
   */
  #authenticateRequest(state: RequestState): Identity | Promise<Identity> {
    const { ambiguous } = state.credentials;
    if (ambiguous) return rejectedIdentity('TOKEN_INVALID');
    const credentials = credentialsOf(state);
    const [first] = credentials;
    if (!first) return rejectedIdentity('TOKEN_MISSING');
    const result =
      credentials.length > 1
        ? this.#authenticateAll(state, credentials)
        : this.#authenticateCredential(state, first);
    return 'identity' in result
      ? this.#keep(state, result)
      : result.then((found) => this.#keep(state, found));
  }

  async #authenticateAll(
    state: RequestState,
    credentials: readonly Credential[],
  ): Promise<AuthenticationResult> {
    const results: AuthenticationResult[] = [];
    for (const credential of credentials)
      results.push(await this.#authenticateCredential(state, credential));
    return chooseResult(results, (credentials[0] as Credential).transport);
  }

  /** Caches the result on the request. */
  #keep(state: RequestState, { identity, claims, record }: AuthenticationResult): Identity {
    if (!identity.authenticated) return identity;
    if (claims) state.claims = claims;
    if (record) {
      state.record = record;
      this.activity.recordActivity(record, this.clock.nowMs());
    }
    return identity;
  }

  #authenticateCredential(
    state: RequestState,
    { transport, value }: Credential,
  ): AuthenticationResult | Promise<AuthenticationResult> {
    try {
      const result =
        transport === 'cookie'
          ? this.#authenticateSecret(value)
          : this.#authenticateToken(value, transport);
      return 'identity' in result
        ? result
        : result.catch((error: unknown) => rejectedResult(state, error));
    } catch (error) {
      return rejectedResult(state, error);
    }
  }

  #authenticateToken(
    token: string,
    transport: Transport,
  ): AuthenticationResult | Promise<AuthenticationResult> {
    const { verified, isFinal } = this.tokens.verifyLocally(token);
    if (isFinal) return tokenResult(verified, transport);
    return this.tokens
      .readRecord(verified.claims)
      .then((record) => tokenResult(verified, transport, record));
  }

  async #authenticateSecret(secret: string): Promise<AuthenticationResult> {
    if (!isSecret(secret)) throw new SessionError('TOKEN_INVALID');
    const record = await this.store.read(handleOf(secret));
    if (!record) throw new SessionError('SESSION_ENDED');
    if (isLive(record, this.clock.nowMs()))
      return { identity: identityOf(record, 'cookie'), record };
    const { handle, lineage, userId } = record;
    this.events.emit({ type: 'session.expired', userId, handle, lineage });
    throw new SessionError('SESSION_ENDED');
  }
}

interface Credential {
  readonly transport: Transport;
  readonly value: string;
}

function tokenResult(
  { claims, user }: VerifiedAccess,
  transport: Transport,
  record?: SessionRecord,
): AuthenticationResult {
  const { sid: handle, lin: lineage, auth_time: authTime } = claims;
  const authenticatedAtMs = authTime * 1000;
  return {
    identity: { authenticated: true, user, handle, transport, lineage, authenticatedAtMs },
    record,
    claims,
  };
}

/** Only a SessionError describes the credential; other errors are thrown. */
function rejectedResult(state: RequestState, error: unknown): AuthenticationResult {
  if (!(error instanceof SessionError)) throw error;
  if (error.code === 'STORE_UNAVAILABLE') throw state.applyErrorHeaders(error);
  return { identity: { authenticated: false, failure: error } };
}

function credentialsOf(state: RequestState): Credential[] {
  const { bearer, accessCookie, secret } = state.credentials;
  const found: Credential[] = [];
  if (bearer !== undefined) found.push({ transport: 'bearer', value: bearer });
  if (accessCookie !== undefined) found.push({ transport: 'bearer-cookie', value: accessCookie });
  if (secret !== undefined) found.push({ transport: 'cookie', value: secret });
  return found;
}

function chooseResult(
  results: readonly AuthenticationResult[],
  firstTransport: Transport,
): AuthenticationResult {
  const [first] = results as [AuthenticationResult];
  if (firstTransport === 'bearer' && !first.identity.authenticated) return first;
  const live = results.filter((result) => result.identity.authenticated);
  const users = new Set(live.map(({ identity }) => (identity as AuthenticatedIdentity).user.id));
  if (users.size > 1) return { identity: rejectedIdentity('TOKEN_INVALID') };
  return live[0] ?? first;
}

function rejectedIdentity(code: 'TOKEN_INVALID' | 'TOKEN_MISSING'): Identity {
  return { authenticated: false, failure: new SessionError(code) };
}
