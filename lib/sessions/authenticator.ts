import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Session, Transport } from '../core/session.js';
import { SessionError, type SessionErrorCode } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.service.js';
import type { HttpExchange } from '../http/http-exchange.js';
import type { RequestCredentials } from '../http/request-credentials.js';
import {
  type AuthenticatedIdentity,
  type AuthenticationResult,
  type Identity,
  identityOf,
  RequestStateFactory,
} from '../http/request-state.js';
import { handleOf, isSecret } from '../rules/handle.js';
import { isLive } from '../rules/session-record.js';
import { SessionStore } from '../store/session-store.js';
import { AccessVerifier, type RejectedCredential, type ValidAccess } from './access-verifier.js';
import { ActivityTracker } from './activity-tracker.js';

/** Determines the identity of a request. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly requests: RequestStateFactory,
    private readonly verifier: AccessVerifier,
    private readonly store: SessionStore,
    private readonly activity: ActivityTracker,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * The identity of the request, determined once for all callers.
   * @returns synchronously if the store is not needed, which saves a request with a token some promises
   * @throws SessionError `STORE_UNAVAILABLE`: an outage never makes a request anonymous
   */
  authenticate(http: HttpExchange): Identity | Promise<Identity> {
    const state = this.requests.of(http);
    return state.identity ?? state.keep(this.#authenticate(state.credentials));
  }

  /**
   * As `authenticate`, for a request that must not be anonymous.
   * @throws SessionError `TOKEN_*`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  require(http: HttpExchange): AuthenticatedIdentity | Promise<AuthenticatedIdentity> {
    const identity = this.authenticate(http);
    return identity instanceof Promise
      ? identity.then(requireAuthenticated)
      : requireAuthenticated(identity);
  }

  /**
   * The session of the request, read at most once.
   * @throws SessionError as `require`
   */
  async sessionOf(http: HttpExchange): Promise<Session> {
    await this.require(http);
    return this.requests.of(http).session();
  }

  /** Makes the user of the request the result of `@CurrentUser()`. For a guard that lets an authenticated request pass. */
  admit(http: HttpExchange): true {
    this.requests.of(http).admit();
    return true;
  }

  /**
   * Decides by all credentials of the request:
   * 1. Several credentials of one kind, or none: anonymous.
   * 2. A bearer token takes precedence over cookies; if it is refused, a cookie does not make up for it.
   * 3. Live credentials of different users: anonymous, because picking one would be a guess.
   * 4. Otherwise the first live one: bearer, access cookie, session cookie.
   */
  #authenticate(
    credentials: RequestCredentials,
  ): AuthenticationResult | Promise<AuthenticationResult> {
    if (credentials.ambiguous) return rejectedResult('TOKEN_INVALID');
    const [first, ...others] = credentialsOf(credentials);
    if (!first) return rejectedResult('TOKEN_MISSING');
    if (others.length > 0) return this.#authenticateAll(first, others);
    const result = this.#authenticateCredential(first);
    return result instanceof Promise ? result.then((found) => this.#track(found)) : result;
  }

  async #authenticateAll(
    first: Credential,
    others: readonly Credential[],
  ): Promise<AuthenticationResult> {
    const firstResult = await this.#authenticateCredential(first);
    const results = [firstResult];
    for (const other of others) results.push(await this.#authenticateCredential(other));
    if (first.transport === 'bearer' && !isAuthenticated(firstResult)) return firstResult;
    const live = results.filter(isAuthenticated);
    const users = new Set(live.map(({ identity }) => identity.user.id));
    return users.size > 1 ? rejectedResult('TOKEN_INVALID') : this.#track(live[0] ?? firstResult);
  }

  #authenticateCredential(
    credential: Credential,
  ): AuthenticationResult | Promise<AuthenticationResult> {
    if (credential.transport === 'cookie') return this.#authenticateSecret(credential.secret);
    const { transport, token } = credential;
    const verified = this.verifier.verify(token);
    return verified instanceof Promise
      ? verified.then((found) => tokenResult(found, transport))
      : tokenResult(verified, transport);
  }

  async #authenticateSecret(secret: string): Promise<AuthenticationResult> {
    if (!isSecret(secret)) return rejectedResult('TOKEN_INVALID');
    const record = await this.store.read(handleOf(secret));
    if (!record) return rejectedResult('SESSION_ENDED');
    if (isLive(record, this.clock.nowMs()))
      return { identity: identityOf(record, 'cookie'), record };
    const { handle, lineage, userId } = record;
    this.events.emit({ type: 'session.expired', userId, handle, lineage });
    return rejectedResult('SESSION_ENDED');
  }

  #track(result: AuthenticationResult): AuthenticationResult {
    if (result.record) this.activity.recordActivity(result.record, this.clock.nowMs());
    return result;
  }
}

/** One of the credentials of a request that can authenticate it. */
type Credential =
  | { readonly transport: 'bearer' | 'bearer-cookie'; readonly token: string }
  | { readonly transport: 'cookie'; readonly secret: string };

function credentialsOf({ bearer, accessCookie, secret }: RequestCredentials): Credential[] {
  const found: Credential[] = [];
  if (bearer !== undefined) found.push({ transport: 'bearer', token: bearer });
  if (accessCookie !== undefined) found.push({ transport: 'bearer-cookie', token: accessCookie });
  if (secret !== undefined) found.push({ transport: 'cookie', secret });
  return found;
}

function tokenResult(
  verified: ValidAccess | RejectedCredential,
  transport: Transport,
): AuthenticationResult {
  if (!verified.valid) return rejectedResult(verified.code);
  const { claims, user, record } = verified;
  const { sid: handle, lin: lineage, auth_time: authTime } = claims;
  const authenticatedAtMs = authTime * 1000;
  return {
    identity: { authenticated: true, user, handle, transport, lineage, authenticatedAtMs },
    record,
    claims,
  };
}

function rejectedResult(code: SessionErrorCode): AuthenticationResult {
  return { identity: { authenticated: false, failure: new SessionError(code) } };
}

function isAuthenticated(
  result: AuthenticationResult,
): result is AuthenticationResult<AuthenticatedIdentity> {
  return result.identity.authenticated;
}

function requireAuthenticated(identity: Identity): AuthenticatedIdentity {
  if (identity.authenticated) return identity;
  throw identity.failure;
}
