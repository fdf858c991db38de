import { randomId } from '../core/random.js';
import type { Device, SessionClaims, SessionData } from '../core/session.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { appClaims } from '../tokens/token-claims.js';
import { sessionData } from './session-data.js';
import type { SessionRecord, Transport } from './session-record.js';

/** What a session starts with. */
export interface CreateInput {
  /** Id of the user, qualified by the tenant where there are tenants. 1 to 255 characters. */
  userId: string;
  claims?: SessionClaims;
  data?: Partial<SessionData>;
  device?: Device;
}

/**
 * The first record of a session.
 * @throws TypeError for claims that cannot be used
 * @throws BadRequestException, PayloadTooLargeException for data that cannot be kept
 */
export function newSession(
  handle: string,
  input: CreateInput,
  transport: Transport,
  { session, tokens }: Pick<ResolvedOptions, 'session' | 'tokens'>,
  nowMs: number,
): SessionRecord {
  return {
    handle,
    version: 1,
    writeId: randomId(),
    userId: input.userId,
    lineage: randomId(),
    transport,
    claims: appClaims(input.claims),
    claimsVersion: 0,
    data: sessionData(input.data ?? {}),
    device: input.device ?? {},
    createdAtMs: nowMs,
    lastSeenAtMs: nowMs,
    authenticatedAtMs: nowMs,
    // A bearer client shows itself when it refreshes; a refresh token that is not used within its life is dead.
    idleTimeoutMs: transport === 'bearer' ? tokens.refreshTtlMs : session.idleTimeoutMs,
    absoluteExpiresAtMs: nowMs + session.absoluteTimeoutMs,
    deniedTokens: [],
  };
}
