import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Session, Transport } from '../core/session.js';
import { SessionEvents } from '../events/session-events.service.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { type BrowserCredential, requireBrowserCredential } from '../http/request-credentials.js';
import { type Identity, RequestStateFactory } from '../http/request-state.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { requireString } from '../rules/arguments.js';
import { handleOf, isSecret } from '../rules/handle.js';
import { createTransportOf, type LoginInput, type LoginResult } from '../rules/login.js';
import type { CreateInput } from '../rules/new-session.js';
import { toSession } from '../rules/session-record.js';
import { SessionStore } from '../store/session-store.js';
import { SessionUpdater } from '../store/session-updater.js';
import { ActivityTracker } from './activity-tracker.js';
import { Authenticator } from './authenticator.js';
import {
  CredentialIssuer,
  type SessionWithCredential,
  withCredential,
} from './credential-issuer.js';
import { RequestSessions } from './request-sessions.js';
import { SessionAdministration } from './session-administration.js';
import { SessionCreator } from './session-creator.js';

/** Opens, finds, changes and ends sessions. */
@Injectable()
export class SessionService extends SessionAdministration {
  constructor(
    private readonly ofRequests: RequestSessions,
    private readonly requests: RequestStateFactory,
    private readonly authenticator: Authenticator,
    private readonly creator: SessionCreator,
    private readonly activity: ActivityTracker,
    store: SessionStore,
    updater: SessionUpdater,
    credentials: CredentialIssuer,
    revoker: SessionRevoker,
    events: SessionEvents,
    clock: Clock,
  ) {
    super(store, updater, credentials, revoker, events, clock);
  }

  /**
   * Opens a session for a user whose identity the app has just verified. With a cookie transport, the previous session
   * of the browser ends (ASVS 7.2.4) and nothing of it is carried over. From here on the request belongs to the new
   * session.
   * @param input `device` is added to the address and user agent of the request
   * @throws TypeError for a transport, userId, claims, data or a device that cannot be used, or claims that do not fit
   * into a cookie
   * @throws SessionError `SESSION_LIMIT_REACHED`, `STORE_UNAVAILABLE`
   */
  async login<T extends Transport>(
    http: HttpExchange,
    input: LoginInput<T>,
  ): Promise<LoginResult<T>> {
    // The transport of the session is that of the input.
    return (await this.ofRequests.login(http, input)) as LoginResult<T>;
  }

  /**
   * Ends the sessions of the request's credentials and clears the cookies that it sent. Expired credentials are
   * included, so that a client whose access token has expired is logged out, too. Idempotent: without a credential or a
   * live session it does nothing.
   * @throws SessionError `TOKEN_INVALID` if a token is not from this app, `STORE_UNAVAILABLE`
   */
  logout(http: HttpExchange): Promise<void> {
    return this.ofRequests.logout(http);
  }

  /**
   * Call it right after the user entered a password or second factor again: the session gets a new id and a new
   * `authenticatedAt`, and the old id and tokens end (ASVS 7.2.4).
   * @throws SessionError why the request has no session, `STORE_UNAVAILABLE`
   */
  confirm(http: HttpExchange): Promise<LoginResult> {
    return this.ofRequests.confirm(http);
  }

  /**
   * Call it after a refused login, so that the audit records it.
   * @param reason a short code of the app, such as `wrong-password`; never the user's input
   */
  async loginFailed(http: HttpExchange, reason: string): Promise<void> {
    const { ip } = this.requests.of(http).http.device;
    requireString('reason', reason);
    this.events.emit({ type: 'login.failed', reason, ip });
  }

  /**
   * The identity of the request, determined once per request; guards and decorators use the same result.
   * @throws SessionError `STORE_UNAVAILABLE`: an outage never makes a request anonymous
   */
  async identify(http: HttpExchange): Promise<Identity> {
    return this.authenticator.authenticate(http);
  }

  /**
   * Opens a session without a request, with the lifetimes of its transport. The credential grants access to it.
   * @returns the session with its `tokens`, or for `cookie` with its `secret`. Neither can be read again
   * @throws as `login`
   */
  async create<T extends 'bearer' | 'cookie'>(
    input: CreateInput & { transport: T },
  ): Promise<SessionWithCredential<T>> {
    const issued = await this.creator.prepare(input, createTransportOf(input));
    await this.creator.add(issued.record);
    return withCredential(issued) as SessionWithCredential<T>;
  }

  /** The live session with this secret, or null. Counts as use: the idle timeout restarts. */
  async resolve(secret: string): Promise<Session | null> {
    if (!isSecret(secret)) return null;
    const nowMs = this.clock.nowMs();
    const record = await this.readLive(handleOf(secret), nowMs);
    if (!record) return null;
    this.activity.recordActivity(record, nowMs);
    return toSession(record);
  }

  /**
   * The session of a request, read at most once per request; `@CurrentSession()` returns the same result.
   * @throws SessionError why there is none: `TOKEN_*`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  sessionOf(http: HttpExchange): Promise<Session> {
    return this.authenticator.sessionOf(http);
  }

  /**
   * Sets the cookies of a credential that `regenerate` or `create` returned, and clears those of the other transports.
   * @param persistForMs how long the browser keeps them; absent: until it is closed
   * @throws TypeError for a bearer session, and if a cookie would have more than 4096 bytes
   */
  setCredential(http: HttpExchange, credential: BrowserCredential, persistForMs?: number): void {
    requireBrowserCredential(credential, persistForMs);
    this.requests.of(http).setCredential(credential, persistForMs);
  }
}
