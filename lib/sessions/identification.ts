import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Session, Transport } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.js';
import type { AccessClaims } from '../tokens/token-claims.js';
import type { VerifiedAccess } from '../tokens/token-codec.js';
import { handleOf, isSecret } from './handle.js';
import type { HttpExchange } from './http-exchange.js';
import {
  type AuthenticatedIdentity,
  type Identity,
  identityOf,
  type RequestState,
  RequestStates,
} from './request-state.js';
import { isLive, type SessionRecord, toSession } from './session-record.js';
import { SessionStore } from './session-store.js';
import { SessionTouch } from './session-touch.js';
import { TokenService } from './token.service.js';

/** What one credential of a request comes to. */
interface Proof {
  readonly identity: Identity;
  readonly record?: SessionRecord | undefined;
  readonly claims?: AccessClaims;
}

/** Finds out who sends a request. */
@Injectable()
export class Identification {
  constructor(
    private readonly requests: RequestStates,
    private readonly tokens: TokenService,
    private readonly store: SessionStore,
    private readonly touch: SessionTouch,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
  ) {
    requests.readSession = (state) => this.#session(state);
  }

  /**
   * Who sends the request, found out once for all who ask.
   * @returns at once where the store has nothing to add: it spares a request with a token some promises
   * @throws SessionError `STORE_UNAVAILABLE`: an outage makes nobody anonymous
   */
  identify(http: HttpExchange): Identity | Promise<Identity> {
    const state = this.requests.of(http);
    if (state.identity !== undefined) return state.identity;
    const found = this.#find(state);
    if ('authenticated' in found) return (state.identity = found);
    const settled = found.then((identity) => {
      // A login in the meantime decides.
      if (state.identity === settled) state.identity = identity;
      return identity;
    });
    return (state.identity = settled);
  }

  async #session(state: RequestState): Promise<Session> {
    const identity = await this.identify(state.http);
    if (!identity.authenticated) throw state.refusal(identity.failure);
    state.record ??= await state.answering(this.#recordOf(state, identity.handle));
    return toSession(state.record);
  }

  async #recordOf({ claims }: RequestState, handle: string): Promise<SessionRecord> {
    if (claims) return this.tokens.recordOf(claims);
    const record = await this.store.read(handle);
    if (record && isLive(record, this.clock.nowMs())) return record;
    throw new SessionError('SESSION_ENDED');
  }

  /**
   * Decides by everything the request presents:
   * 1. Several credentials of one kind: nobody. None: nobody.
   * 2. A bearer token counts before cookies, and one that is refused is not made good by a cookie.
   * 3. Credentials that live but belong to different users: nobody, because picking one would be a guess.
   * 4. Else the first that lives: bearer, access cookie, session cookie.
   */
  #find(state: RequestState): Identity | Promise<Identity> {
    const { ambiguous } = state.credentials;
    if (ambiguous) return refused('TOKEN_INVALID');
    const credentials = presented(state);
    const [first] = credentials;
    if (!first) return refused('TOKEN_MISSING');
    const proof =
      credentials.length > 1 ? this.#chosen(state, credentials) : this.#prove(state, first);
    return 'identity' in proof
      ? this.#noted(state, proof)
      : proof.then((found) => this.#noted(state, found));
  }

  async #chosen(state: RequestState, credentials: readonly Credential[]): Promise<Proof> {
    const proofs: Proof[] = [];
    for (const credential of credentials) proofs.push(await this.#prove(state, credential));
    return choose(proofs, (credentials[0] as Credential).transport);
  }

  /** Caches the result on the request. */
  #noted(state: RequestState, { identity, claims, record }: Proof): Identity {
    if (!identity.authenticated) return identity;
    if (claims) state.claims = claims;
    if (record) {
      state.record = record;
      this.touch.noteUse(record, this.clock.nowMs());
    }
    return identity;
  }

  #prove(state: RequestState, { transport, value }: Credential): Proof | Promise<Proof> {
    try {
      const proof =
        transport === 'cookie' ? this.#bySecret(value) : this.#byToken(value, transport);
      return 'identity' in proof
        ? proof
        : proof.catch((error: unknown) => refusedProof(state, error));
    } catch (error) {
      return refusedProof(state, error);
    }
  }

  #byToken(token: string, transport: Transport): Proof | Promise<Proof> {
    const { verified, settled } = this.tokens.examine(token);
    if (settled) return tokenProof(verified, transport);
    return this.tokens
      .recordOf(verified.claims)
      .then((record) => tokenProof(verified, transport, record));
  }

  async #bySecret(secret: string): Promise<Proof> {
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

function tokenProof(
  { claims, user }: VerifiedAccess,
  transport: Transport,
  record?: SessionRecord,
): Proof {
  const { sid: handle, lin: lineage, auth_time: authTime } = claims;
  const authenticatedAtMs = authTime * 1000;
  return {
    identity: { authenticated: true, user, handle, transport, lineage, authenticatedAtMs },
    record,
    claims,
  };
}

/** Only what a SessionError says is about the credential. */
function refusedProof(state: RequestState, error: unknown): Proof {
  if (!(error instanceof SessionError)) throw error;
  if (error.code === 'STORE_UNAVAILABLE') throw state.refusal(error);
  return { identity: { authenticated: false, failure: error } };
}

function presented(state: RequestState): Credential[] {
  const { bearer, accessCookie, secret } = state.credentials;
  const found: Credential[] = [];
  if (bearer !== undefined) found.push({ transport: 'bearer', value: bearer });
  if (accessCookie !== undefined) found.push({ transport: 'bearer-cookie', value: accessCookie });
  if (secret !== undefined) found.push({ transport: 'cookie', value: secret });
  return found;
}

function choose(proofs: readonly Proof[], firstTransport: Transport): Proof {
  const [first] = proofs as [Proof];
  if (firstTransport === 'bearer' && !first.identity.authenticated) return first;
  const live = proofs.filter((proof) => proof.identity.authenticated);
  const users = new Set(live.map(({ identity }) => (identity as AuthenticatedIdentity).user.id));
  if (users.size > 1) return { identity: refused('TOKEN_INVALID') };
  return live[0] ?? first;
}

function refused(code: 'TOKEN_INVALID' | 'TOKEN_MISSING'): Identity {
  return { authenticated: false, failure: new SessionError(code) };
}
