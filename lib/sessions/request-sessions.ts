import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { SessionEvents } from '../events/session-events.service.js';
import { CredentialSessionResolver } from '../http/credential-session-resolver.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { type RequestState, RequestStateFactory } from '../http/request-state.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { type LoginInput, type LoginResult, transportOf } from '../rules/login.js';
import { mergedDevice } from '../rules/new-session.js';
import { type SessionRecord, toSession } from '../rules/session-record.js';
import { SessionUpdater } from '../store/session-updater.js';
import { Authenticator } from './authenticator.js';
import { CredentialIssuer, type IssuedCredential } from './credential-issuer.js';
import { SessionCreator } from './session-creator.js';
import { TokenRefresher } from './token-refresher.js';

/** Opens, confirms and ends sessions for a request, and hands over their credentials with its response. */
@Injectable()
export class RequestSessions {
  constructor(
    private readonly requests: RequestStateFactory,
    private readonly authenticator: Authenticator,
    private readonly resolver: CredentialSessionResolver,
    private readonly creator: SessionCreator,
    private readonly credentials: CredentialIssuer,
    private readonly refresher: TokenRefresher,
    private readonly updater: SessionUpdater,
    private readonly revoker: SessionRevoker,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {}

  /** As `SessionService.login`. */
  async login(http: HttpExchange, input: LoginInput): Promise<LoginResult> {
    const state = this.requests.of(http);
    const how = transportOf(input);
    const device = mergedDevice(http.device, input.device);
    const issued = await this.creator.prepare({ ...input, device }, how);
    const nowMs = issued.record.createdAtMs;
    // A cookie that is too long must fail before the session exists.
    const setCookies = cookiesOf(state, issued, nowMs);
    await this.creator.add(issued.record);
    if (how.transport !== 'bearer') {
      const replaced = this.resolver.fromCookies(http, nowMs);
      const ended = this.revoker.revokeByCredentials(replaced, { by: 'login', ip: http.device.ip });
      await this.creator.endUnlessDone(issued.record, ended);
    }
    state.adoptSession(issued.record, setCookies);
    return resultOf(issued);
  }

  /** As `SessionService.logout`. */
  async logout(http: HttpExchange): Promise<void> {
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

  /** As `SessionService.confirm`. */
  async confirm(http: HttpExchange): Promise<LoginResult> {
    const { handle: previousHandle } = await this.authenticator.sessionOf(http);
    const state = this.requests.of(http);
    const { record, issued, setCookies } = await this.updater.updateLive(
      'update',
      previousHandle,
      (current, nowMs) => {
        const next = this.credentials.issue({ ...current, authenticatedAtMs: nowMs }, nowMs);
        return { record: next.record, issued: next, setCookies: cookiesOf(state, next, nowMs) };
      },
    );
    const { userId, handle, lineage } = record;
    this.events.emit({ type: 'session.regenerated', previousHandle, userId, handle, lineage });
    state.adoptSession(record, setCookies);
    return resultOf(issued);
  }

  /**
   * Rotates the refresh token of the request's cookie and sets the new cookies.
   * @returns seconds until the access token expires
   * @throws SessionError as `TokenRefresher.refresh`
   */
  async refreshCookies(http: HttpExchange, refreshToken: string): Promise<number> {
    const { ip } = http.device;
    const { record, tokens } = await this.refresher.refresh(refreshToken, { ip, inCookie: true });
    const persistForMs = persistenceOf(record, this.clock.nowMs());
    this.requests.of(http).setCredential({ transport: 'bearer-cookie', tokens }, persistForMs);
    return tokens.expiresIn;
  }
}

/** `Set-Cookie` values that accompany a credential. @throws TypeError if the browser could not keep it */
function cookiesOf(state: RequestState, issued: IssuedCredential, nowMs: number): string[] {
  if (issued.transport === 'bearer') return state.repeatedCookies();
  return state.credentialCookies(issued, persistenceOf(issued.record, nowMs));
}

/** How long the browser keeps the cookies; undefined: until it is closed. */
function persistenceOf(record: SessionRecord, nowMs: number): number | undefined {
  return record.persistent ? record.absoluteExpiresAtMs - nowMs : undefined;
}

/** Credentials in cookies are kept out of bodies (ASVS 10.1.1). */
function resultOf(issued: IssuedCredential): LoginResult {
  const session = toSession(issued.record);
  return issued.transport === 'bearer' ? { session, tokens: issued.tokens } : { session };
}
