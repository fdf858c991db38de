import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Device, Session, SessionClaims, SessionData } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { appClaims } from '../tokens/token-claims.js';
import { TokenCodec } from '../tokens/token-codec.js';
import { withClaims } from './claims-source.js';
import { handleOf, isHandle, isSecret, newHandle, newSecret, requireUserId } from './handle.js';
import { answering, type HttpExchange, type Identity } from './http-exchange.js';
import { type CreateInput, newSession } from './new-session.js';
import { sessionData } from './session-data.js';
import { isLive, type SessionRecord, toSession } from './session-record.js';
import { SessionStore } from './session-store.js';
import { SessionTouch } from './session-touch.js';
import { SessionWriter } from './session-writer.js';
import { TokenIssuer, type TokenPair } from './token-issuer.js';
import { TokenService } from './token.service.js';

export interface LoginInput extends CreateInput {
  /** `bearer`: the token pair goes into the answer's body. */
  transport: 'bearer';
  /** Default: address and user agent of the request; what is given here is added. */
  device?: Device;
}

export interface LoginResult {
  session: Session;
  tokens: TokenPair;
}

/** Opens, finds, changes and ends sessions. */
@Injectable()
export class SessionService {
  constructor(
    private readonly store: SessionStore,
    private readonly writer: SessionWriter,
    private readonly codec: TokenCodec,
    private readonly issuer: TokenIssuer,
    private readonly tokens: TokenService,
    private readonly touch: SessionTouch,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Opens a session for a user whose identity the app has just verified.
   * @throws TypeError for a userId or claims that cannot be used
   * @throws SessionError `SESSION_LIMIT_REACHED`, `STORE_UNAVAILABLE`
   */
  async login(http: HttpExchange, input: LoginInput): Promise<LoginResult> {
    const nowMs = this.clock.nowMs();
    const handle = newHandle(requireUserId(input.userId));
    const device = { ...http.device, ...input.device };
    const opened = newSession(handle, { ...input, device }, 'bearer', this.options, nowMs);
    const { record, tokens } = this.issuer.next(opened, nowMs, 0);
    await answering(http, this.#add(record));
    http.setHeader('Cache-Control', 'no-store');
    return { session: toSession(record), tokens };
  }

  /**
   * Ends the sessions that the request's tokens belong to, expired ones included, so that a client whose access token
   * ran out is logged out all the same. Idempotent: without a token, or when the session is gone, nothing is left to do.
   * @throws SessionError `TOKEN_INVALID` when a token is not one of ours, `STORE_UNAVAILABLE`
   */
  logout(http: HttpExchange): Promise<void> {
    return answering(http, this.#logout(http));
  }

  /**
   * Call it right after the user gave a password or second factor once more: the session gets a new id and a new
   * `authenticatedAt`, the old id and tokens end (ASVS 7.2.4).
   * @throws SessionError why the request has no session, `STORE_UNAVAILABLE`
   */
  async confirm(http: HttpExchange): Promise<LoginResult> {
    const { handle } = await http.session();
    const confirmed = this.writer.change(handle, (record, nowMs) => {
      if (!record || !isLive(record, nowMs)) return { result: undefined };
      const moved = {
        ...record,
        handle: newHandle(record.userId),
        authenticatedAtMs: nowMs,
        deniedTokens: [],
      };
      const next = this.issuer.next(moved, nowMs, 0);
      return { result: next, write: next.record };
    });
    const issued = await answering(http, confirmed);
    if (!issued) throw http.refusal(new SessionError('SESSION_ENDED'));
    http.setHeader('Cache-Control', 'no-store');
    return { session: toSession(issued.record), tokens: issued.tokens };
  }

  /**
   * Who sends the request. Asks once per request, whoever calls; guards and decorators of the kit use the same answer.
   * @throws SessionError `STORE_UNAVAILABLE`: an outage makes nobody anonymous
   */
  identify(http: HttpExchange): Promise<Identity> {
    http.identity ??= this.#identify(http);
    return http.identity;
  }

  /**
   * Opens a session outside a request of the user's. Whoever holds the secret holds the session.
   * @returns the session and its secret, which is nowhere else
   * @throws as `login`
   */
  async create(input: CreateInput): Promise<{ session: Session; secret: string }> {
    const secret = newSecret(requireUserId(input.userId));
    const record = newSession(handleOf(secret), input, 'cookie', this.options, this.clock.nowMs());
    await this.#add(record);
    return { session: toSession(record), secret };
  }

  /** The live session with this secret, or null. Counts as use: the idle timeout starts anew. */
  async resolve(secret: string): Promise<Session | null> {
    if (!isSecret(secret)) return null;
    const nowMs = this.clock.nowMs();
    const record = await this.#live(handleOf(secret), nowMs);
    if (!record) return null;
    this.touch.noteUse(record, nowMs);
    return toSession(record);
  }

  /** The live session with this handle, or null. Does not count as use. */
  async find(handle: string): Promise<Session | null> {
    if (!isHandle(handle)) return null;
    const record = await this.#live(handle, this.clock.nowMs());
    return record && toSession(record);
  }

  /**
   * Changes the data of a session; concurrent changes are applied one after the other, none is lost.
   * @param change fields to set, or a function from the data to the new data, which may be called several times
   * @throws SessionError `SESSION_ENDED` when the session is gone: a write never brings it back; `STORE_UNAVAILABLE`
   * @throws BadRequestException, PayloadTooLargeException when the data cannot be kept
   */
  update(
    handle: string,
    change: Partial<SessionData> | ((data: SessionData) => SessionData),
  ): Promise<Session> {
    return this.#changed(handle, (record) => {
      const data =
        typeof change === 'function'
          ? change(record.data)
          : { ...record.data, ...sessionData(change) };
      return { ...record, data: sessionData(data) };
    });
  }

  /**
   * Replaces the claims in all sessions of a user. Access tokens made before no longer count: clients refresh and go on
   * with the new claims.
   * @returns how many sessions there were
   */
  async updateClaims(userId: string, claims: SessionClaims): Promise<number> {
    const checked = appClaims(claims);
    const nowMs = this.clock.nowMs();
    const records = (await this.store.list(requireUserId(userId))).filter((record) =>
      isLive(record, nowMs),
    );
    const changed = await Promise.all(
      records.map(({ handle }) =>
        this.writer.change(handle, (record, now) =>
          record && isLive(record, now)
            ? { result: true, write: withClaims(record, checked) }
            : { result: false },
        ),
      ),
    );
    return changed.filter(Boolean).length;
  }

  /**
   * Gives a session a new id and keeps the rest; the old id ends at once. For a change of privilege (ASVS 7.2.4).
   * Tokens of the session end too: `TokenService.issue` makes new ones.
   * @throws SessionError `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  async regenerate(handle: string): Promise<{ session: Session; secret: string }> {
    let secret = '';
    const session = await this.#changed(handle, ({ refresh: _ended, ...record }) => {
      // One for all attempts: a write that was given up may still arrive, and then it is the one that stands.
      secret ||= newSecret(record.userId);
      return { ...record, handle: handleOf(secret), deniedTokens: [] };
    });
    return { session, secret };
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

  /** @returns false when there was no such session */
  async revoke(handle: string): Promise<boolean> {
    return isHandle(handle) && this.store.delete(handle);
  }

  /** Ends all sessions of a user but one, for example after a change of password (ASVS 7.4.3). */
  async revokeOthers(userId: string, keepHandle: string): Promise<number> {
    return (await this.store.deleteAll(requireUserId(userId), keepHandle)).length;
  }

  /** Ends all sessions of a user (ASVS 7.4.2). @returns how many there were */
  async revokeUser(userId: string): Promise<number> {
    return (await this.store.deleteAll(requireUserId(userId))).length;
  }

  /** Ends all sessions of all users that were opened before the call (ASVS 7.4.5). Visits each of them. */
  revokeEveryone(): Promise<void> {
    return this.store.deleteEveryone();
  }

  /** @internal The session of a request, see `HttpExchange.session`. */
  async sessionOf(http: HttpExchange): Promise<Session> {
    const identity = await this.identify(http);
    if (!identity.authenticated) throw http.refusal(identity.failure);
    const record =
      http.record ?? (await answering(http, this.#live(identity.handle, this.clock.nowMs())));
    if (!record) throw http.refusal(new SessionError('SESSION_ENDED'));
    return toSession(record);
  }

  async #logout(http: HttpExchange): Promise<void> {
    const { bearer, refreshToken, ambiguous } = http.credentials;
    if (ambiguous) throw new SessionError('TOKEN_INVALID');
    const nowMs = this.clock.nowMs();
    const presented = [bearer, refreshToken].filter((token) => token !== undefined);
    const handles = new Set(presented.map((token) => this.codec.sessionOf(token as string, nowMs)));
    await Promise.all([...handles].map((handle) => this.store.delete(handle)));
  }

  async #identify(http: HttpExchange): Promise<Identity> {
    const { bearer, ambiguous } = http.credentials;
    if (ambiguous) return { authenticated: false, failure: new SessionError('TOKEN_INVALID') };
    if (bearer === undefined)
      return { authenticated: false, failure: new SessionError('TOKEN_MISSING') };
    try {
      const { verified, record } = await this.tokens.authenticate(bearer);
      if (record) {
        http.record = record;
        this.touch.noteUse(record, this.clock.nowMs());
      }
      http.user = verified.user;
      return { authenticated: true, user: verified.user, handle: verified.claims.sid };
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      if (error.code === 'STORE_UNAVAILABLE') throw http.refusal(error);
      return { authenticated: false, failure: error };
    }
  }

  async #live(handle: string, nowMs: number): Promise<SessionRecord | null> {
    const record = await this.store.read(handle);
    return record && isLive(record, nowMs) ? record : null;
  }

  async #changed(
    handle: string,
    change: (record: SessionRecord) => SessionRecord,
  ): Promise<Session> {
    if (!isHandle(handle)) throw new SessionError('SESSION_ENDED');
    const record = await this.writer.change<SessionRecord | undefined>(handle, (current, nowMs) => {
      if (!current || !isLive(current, nowMs)) return { result: undefined };
      const next = change(current);
      return { result: next, write: next };
    });
    if (!record) throw new SessionError('SESSION_ENDED');
    return toSession(record);
  }

  /** Adding is idempotent, so a lost answer is asked for once more: nobody knows the session yet. */
  async #add(record: SessionRecord): Promise<void> {
    const { maxPerUser: max, onMaxReached: onMax } = this.options.session;
    const outcome = await this.store
      .create(record, { max, onMax })
      .catch(() => this.store.create(record, { max, onMax }));
    if (!outcome.created) throw new SessionError('SESSION_LIMIT_REACHED');
  }
}
