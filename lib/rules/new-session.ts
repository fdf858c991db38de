import { rejectUnserializable } from '../core/json.js';
import { randomId } from '../core/random.js';
import type { Device, SessionClaims, SessionData, Transport } from '../core/session.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import { appClaims } from '../jwt/token-claims.js';
import { sessionData } from './session-data.js';
import type { SessionRecord } from './session-record.js';

/** The input for a new session. */
export interface CreateInput {
  /** Id of the user, qualified by the tenant if there are several. 1 to 255 characters. */
  userId: string;
  claims?: SessionClaims;
  data?: Partial<SessionData>;
  device?: Device;
}

/** How the credentials of a session travel. */
export interface SessionTransport {
  readonly transport: Transport;
  readonly persistent: boolean;
}

/** The time at which a session begins, and the epoch of the store. */
export interface CreationContext {
  readonly nowMs: number;
  readonly epoch: number;
}

const MAX_DEVICE_FIELD_LENGTH = 256;

type Lifetimes = Pick<ResolvedOptions, 'session' | 'tokens'>;

/**
 * The first record of a session, without a handle yet.
 * @throws TypeError for claims, data or a device that cannot be used
 * @throws BadRequestException, PayloadTooLargeException for data that cannot be stored
 */
export function newSession(
  input: CreateInput,
  sessionTransport: SessionTransport,
  lifetimes: Lifetimes,
  { nowMs, epoch }: CreationContext,
): Omit<SessionRecord, 'handle'> {
  const { idleTimeoutMs, absoluteTimeoutMs } = timeouts(sessionTransport, lifetimes);
  return {
    version: 1,
    writeId: randomId(),
    userId: input.userId,
    epoch,
    lineage: randomId(),
    ...sessionTransport,
    claims: appClaims(input.claims === undefined ? {} : input.claims),
    claimsVersion: 0,
    data: sessionData(input.data ?? {}),
    device: boundedDevice(input.device ?? {}),
    createdAtMs: nowMs,
    lastSeenAtMs: nowMs,
    authenticatedAtMs: nowMs,
    idleTimeoutMs,
    absoluteExpiresAtMs: nowMs + absoluteTimeoutMs,
    deniedTokens: [],
  };
}

/**
 * A client with tokens shows activity only when it refreshes, so its idle timeout is the lifetime of a refresh token.
 */
function timeouts(
  { transport, persistent }: SessionTransport,
  { session, tokens }: Lifetimes,
): { idleTimeoutMs: number; absoluteTimeoutMs: number } {
  if (persistent) return session.persistent;
  if (transport === 'cookie') return session;
  return { idleTimeoutMs: tokens.refreshTtlMs, absoluteTimeoutMs: session.absoluteTimeoutMs };
}

/**
 * The device of the request, overridden by the fields that the app supplies.
 * @throws TypeError for a promise or another object without fields, whose spread would be empty
 */
export function mergedDevice(request: Device, given: Device | undefined): Device {
  rejectUnserializable('device', given);
  return { ...request, ...given };
}

/** Values that the app supplies often come from the client, and a record has to stay small. */
function boundedDevice(device: Device): Device {
  rejectUnserializable('device', device);
  const fields = ['ip', 'userAgent', 'label'] as const;
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value: unknown = device[field];
      if (value === undefined || value === null) return [];
      if (typeof value !== 'string') throw new TypeError(`device.${field} must be a string`);
      return [[field, value.slice(0, MAX_DEVICE_FIELD_LENGTH)]];
    }),
  );
}
