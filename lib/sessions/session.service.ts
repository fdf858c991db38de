import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Session, SessionClaims, SessionData, Transport } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.service.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { appClaims } from '../jwt/token-claims.js';
import { withNewClaims } from './claims-provider.js';
import {
  CredentialIssuer,
  type SessionWithCredential,
  withCredential,
} from './credential-issuer.js';
import { requireString } from '../rules/arguments.js';
import { handleOf, isHandle, isSecret, requireUserId } from '../rules/handle.js';
import { type BrowserCredential, requireBrowserCredential } from '../http/request-credentials.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { Authenticator } from './authenticator.js';
import { createTransportOf, type LoginInput, type LoginResult, transportOf } from './login.js';
import { type CreateInput, mergedDevice } from '../rules/new-session.js';
import { CredentialSessionResolver } from '../http/credential-session-resolver.js';
import { sessionData } from '../rules/session-data.js';
import { type Identity, RequestStateFactory } from '../http/request-state.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { SessionCreator } from './session-creator.js';
import { isLive, type SessionRecord, toSession } from '../rules/session-record.js';
import { SessionStore } from '../store/session-store.js';
import { ActivityTracker } from './activity-tracker.js';
import { SessionUpdater, whileLive } from '../store/session-updater.js';
import { TokenService } from './token.service.js';

/** Opens, finds, changes and ends sessions. */
@Injectable()
export class SessionService {
  constructor(
    private readonly requests: RequestStateFactory,
    private readonly store: SessionStore,
    private readonly creator: SessionCreator,
    private readonly revoker: SessionRevoker,
    private readonly events: SessionEvents,
    private readonly updater: SessionUpdater,
    private readonly credentials: CredentialIssuer,
    private readonly authenticator: Authenticator,
    private readonly resolver: CredentialSessionResolver,
    private readonly tokens: TokenService,
    private readonly activity: ActivityTracker,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {}

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
    const state = this.requests.of(http);
    const how = transportOf(input);
    const device = mergedDevice(http.device, input.device);
    const issued = await state.withErrorHeaders(this.creator.prepare({ ...input, device }, how));
    const nowMs = issued.record.createdAtMs;
    const commit = this.credentials.prepare(state, issued, nowMs);
    await state.withErrorHeaders(this.creator.add(issued.record));
    if (how.transport !== 'bearer') {
      const replaced = this.resolver.fromCookies(http, nowMs);
      const ended = this.revoker.revokeByCredentials(replaced, { by: 'login', ip: http.device.ip });
      await state.withErrorHeaders(this.creator.endUnlessDone(issued.record, ended));
    }
    state.adoptSession(issued.record);
    return { session: toSession(issued.record), ...commit() } as LoginResult<T>;
  }

  /**
   * Ends the sessions of the request's credentials and clears the cookies that it sent. Expired credentials are
   * included, so that a client whose access token has expired is logged out, too. Idempotent: without a credential or a
   * live session it does nothing.
   * @throws SessionError `TOKEN_INVALID` if a token is not from this app, `STORE_UNAVAILABLE`
   */
  logout(http: HttpExchange): Promise<void> {
    return this.requests.of(http).withErrorHeaders(this.#logout(http));
  }

  /**
   * Call it right after the user entered a password or second factor again: the session gets a new id and a new
   * `authenticatedAt`, and the old id and tokens end (ASVS 7.2.4).
   * @throws SessionError why the request has no session, `STORE_UNAVAILABLE`
   */
  async confirm(http: HttpExchange): Promise<LoginResult> {
    const state = this.requests.of(http);
    const { handle } = await state.session();
    const confirmed = this.#updateLive(handle, 'update', (current, nowMs) => {
      const issued = this.credentials.issue({ ...current, authenticatedAtMs: nowMs }, nowMs);
      return { record: issued.record, commit: this.credentials.prepare(state, issued, nowMs) };
    });
    const { record, commit } = await state.withErrorHeaders(confirmed);
    this.#emitRegenerated(record, handle);
    state.adoptSession(record);
    return { session: toSession(record), ...commit() };
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
    const record = await this.#readLive(handleOf(secret), nowMs);
    if (!record) return null;
    this.activity.recordActivity(record, nowMs);
    return toSession(record);
  }

  /** The live session with this handle, or null. Does not count as use. */
  async find(handle: string): Promise<Session | null> {
    if (!isHandle(handle)) return null;
    const record = await this.#readLive(handle, this.clock.nowMs());
    return record && toSession(record);
  }

  /**
   * Changes the data of a session; concurrent changes are applied one after the other, and none is lost. A session that
   * got a new handle a moment ago, by `confirm` or `regenerate`, is also found by its old handle.
   * @param change fields to set, or a synchronous function from the old data to the new; it may be called repeatedly
   * @throws SessionError `SESSION_ENDED` if the session has ended: a write never restores it; `STORE_UNAVAILABLE`
   * @throws BadRequestException, PayloadTooLargeException, TypeError (a promise, a Map) if the data cannot be stored
   */
  async update(
    handle: string,
    change: Partial<SessionData> | ((data: SessionData) => SessionData),
  ): Promise<Session> {
    const updated = await this.#updateLive(handle, 'updateForwarded', (current) => {
      const data =
        typeof change === 'function'
          ? change(current.data)
          : { ...current.data, ...sessionData(change) };
      return { record: { ...current, data: sessionData(data) } };
    });
    return toSession(updated.record);
  }

  /**
   * Replaces the claims in all sessions of a user. Access tokens issued before are no longer valid: clients refresh and
   * continue with the new claims. A concurrent login may still store the claims that it was given: change them at their
   * source first.
   * @returns how many sessions there were
   * @throws TypeError for claims that are invalid or that the tokens of one of the sessions could not carry; then no
   * session changes
   */
  async updateClaims(userId: string, claims: SessionClaims): Promise<number> {
    const checked = appClaims(claims);
    const nowMs = this.clock.nowMs();
    const records = await this.store.list(requireUserId(userId));
    const live = records.filter((record) => isLive(record, nowMs));
    this.credentials.requireFit(live, checked, nowMs);
    const changed = await Promise.all(
      live.map(({ handle }) =>
        this.updater.updateForwarded(handle, (record, now) =>
          record && isLive(record, now)
            ? { result: true, write: withNewClaims(record, checked, now) }
            : { result: false },
        ),
      ),
    );
    return changed.filter(Boolean).length;
  }

  /**
   * Gives a session a new id and keeps the rest; the old id and its credentials end at once. For a change of privilege
   * (ASVS 7.2.4).
   * @returns the session with the new `tokens`, or for the transport `cookie` with the new `secret`; send it to a
   * browser with `setCredential`
   * @throws SessionError `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  async regenerate(handle: string): Promise<SessionWithCredential> {
    const issued = await this.#updateLive(handle, 'update', (current, nowMs) =>
      this.credentials.issue(current, nowMs),
    );
    this.#emitRegenerated(issued.record, handle);
    return withCredential(issued);
  }

  /** The live sessions of a user, newest first. */
  async list(userId: string): Promise<Session[]> {
    const nowMs = this.clock.nowMs();
    const records = await this.store.list(requireUserId(userId));
    return records
      .filter((record) => isLive(record, nowMs))
      .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
      .map(toSession);
  }

  /**
   * Ends the session that has this handle or had it a moment ago. While the store cannot be read, the handle is
   * published all the same, so that other nodes refuse it: do not pass one that a client may have invented.
   * @returns false if there was no such session
   */
  async revoke(handle: string): Promise<boolean> {
    return this.revoker.revoke({ handle }, { by: 'service' });
  }

  /** Ends all sessions of a user except one, for example after a change of password (ASVS 7.4.3). */
  async revokeOthers(userId: string, keepHandle: string): Promise<number> {
    requireString('keepHandle', keepHandle);
    return this.revoker.revokeByUser(requireUserId(userId), { by: 'service' }, keepHandle);
  }

  /** Ends all sessions of a user (ASVS 7.4.2). @returns how many there were */
  async revokeUser(userId: string): Promise<number> {
    return this.revoker.revokeByUser(requireUserId(userId), { by: 'service' });
  }

  /**
   * Ends all sessions of all users that were opened before the call (ASVS 7.4.5). With `revocation.check: 'feed'` every
   * node refuses them at once; the call returns when the last record is deleted, which takes a visit to each of them.
   */
  revokeEveryone(): Promise<void> {
    return this.revoker.revokeEveryone();
  }

  /**
   * The session of a request, read at most once per request; `@CurrentSession()` returns the same result.
   * @throws SessionError why there is none: `TOKEN_*`, `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  sessionOf(http: HttpExchange): Promise<Session> {
    return this.requests.of(http).session();
  }

  /**
   * Sets the cookies of a credential that `regenerate` or `create` returned, and clears those of the other transports.
   * @param persistForMs how long the browser keeps them; absent: until it is closed
   * @throws TypeError for a bearer session, and if a cookie would have more than 4096 bytes
   */
  setCredential(http: HttpExchange, credential: BrowserCredential, persistForMs?: number): void {
    requireBrowserCredential(credential, persistForMs);
    this.requests.of(http).prepareCredential(credential, persistForMs)();
  }

  /**
   * @internal Rotates the refresh token of the request's cookie and sets the new cookies.
   * @returns seconds until the access token expires
   */
  async refreshCookies(http: HttpExchange, refreshToken: string): Promise<number> {
    const { ip } = http.device;
    const { record, tokens } = await this.tokens.rotate(refreshToken, { ip, inCookie: true });
    const issued = { transport: 'bearer-cookie', record, tokens } as const;
    this.credentials.prepare(this.requests.of(http), issued, this.clock.nowMs())();
    return tokens.expiresIn;
  }

  async #logout(http: HttpExchange): Promise<void> {
    const nowMs = this.clock.nowMs();
    const inTokens = this.resolver.fromTokens(http, nowMs);
    const sessions = [...inTokens, ...this.resolver.fromCookies(http, nowMs)];
    await this.revoker.revokeByCredentials(sessions, { by: 'logout', ip: http.device.ip });
    const state = this.requests.of(http);
    if (!state.credentials.anyCookie) return;
    state.clearCookies();
    const { clearSiteData } = this.options.logout;
    if (clearSiteData !== undefined) http.setHeader('Clear-Site-Data', clearSiteData);
  }

  #emitRegenerated({ userId, handle, lineage }: SessionRecord, previousHandle: string): void {
    this.events.emit({ type: 'session.regenerated', previousHandle, userId, handle, lineage });
  }

  async #readLive(handle: string, nowMs: number): Promise<SessionRecord | null> {
    const record = await this.store.read(handle);
    return record && isLive(record, nowMs) ? record : null;
  }

  async #updateLive<T extends { readonly record: SessionRecord }>(
    handle: string,
    how: 'update' | 'updateForwarded',
    change: (record: SessionRecord, nowMs: number) => T,
  ): Promise<T> {
    if (!isHandle(handle)) throw new SessionError('SESSION_ENDED');
    const changed = await this.updater[how](handle, whileLive(change));
    if (!changed) throw new SessionError('SESSION_ENDED');
    return changed;
  }
}
