import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Transport } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.js';
import type { AccessClaims } from '../tokens/token-claims.js';
import type { VerifiedAccess } from '../tokens/token-codec.js';
import { handleOf, isSecret } from './handle.js';
import {
  type AuthenticatedIdentity,
  type HttpExchange,
  type Identity,
  identityOf,
} from './http-exchange.js';
import { isLive, type SessionRecord } from './session-record.js';
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
    private readonly tokens: TokenService,
    private readonly store: SessionStore,
    private readonly touch: SessionTouch,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Decides by everything the request presents:
   * 1. Several credentials of one kind: nobody. None: nobody.
   * 2. A bearer token counts before cookies, and one that is refused is not made good by a cookie.
   * 3. Credentials that live but belong to different users: nobody, because picking one would be a guess.
   * 4. Else the first that lives: bearer, access cookie, session cookie.
   * @throws SessionError `STORE_UNAVAILABLE`: an outage makes nobody anonymous
   */
  async identify(http: HttpExchange): Promise<Identity> {
    const { ambiguous } = http.credentials;
    if (ambiguous) return refused('TOKEN_INVALID');
    const credentials = presented(http);
    const first = credentials[0];
    if (!first) return refused('TOKEN_MISSING');
    let chosen = await this.#prove(http, first);
    if (credentials.length > 1) {
      const proofs = [chosen];
      for (const other of credentials.slice(1)) proofs.push(await this.#prove(http, other));
      chosen = choose(proofs, first.transport);
    }
    if (chosen.identity.authenticated) {
      http.user = chosen.identity.user;
      if (chosen.claims) http.claims = chosen.claims;
      if (chosen.record) {
        http.record = chosen.record;
        this.touch.noteUse(chosen.record, this.clock.nowMs());
      }
    }
    return chosen.identity;
  }

  async #prove(http: HttpExchange, { transport, value }: Credential): Promise<Proof> {
    try {
      if (transport === 'cookie') {
        if (!isSecret(value)) throw new SessionError('TOKEN_INVALID');
        return this.#cookieProof(await this.store.read(handleOf(value)));
      }
      const { verified, settled } = this.tokens.examine(value);
      const record = settled ? undefined : await this.tokens.recordOf(verified.claims);
      return tokenProof(verified, transport, record);
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      if (error.code === 'STORE_UNAVAILABLE') throw http.refusal(error);
      return { identity: { authenticated: false, failure: error } };
    }
  }

  #cookieProof(record: SessionRecord | null): Proof {
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
  record: SessionRecord | undefined,
): Proof {
  const { sid: handle, lin: lineage, auth_time: authTime } = claims;
  const authenticatedAtMs = authTime * 1000;
  return {
    identity: { authenticated: true, user, handle, transport, lineage, authenticatedAtMs },
    record,
    claims,
  };
}

function presented(http: HttpExchange): Credential[] {
  const { bearer, accessCookie, secret } = http.credentials;
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
