import { USER_DIGEST_LENGTH, userDigest } from '../../../rules/handle.js';
import type { SessionRecord } from '../../../rules/session-record.js';

/**
 * A record in Redis is one string: a head of fixed width, which scripts read and write by position, followed by JSON,
 * which scripts never access.
 *
 *     version    epoch  lastSeenAtMs  createdAtMs   idleTimeoutMs absoluteMs    user digest            rest
 *     0000000001|000000|1764000000000|1764000000000|0000604800000|1766592000000|hYeWmRTnOT0Zp6pVM4qWkw|["hYe.NmGq...",...]
 */
const TIME_WIDTH = 13;
const VERSION_WIDTH = 10;
const EPOCH_WIDTH = 6;

/** Offsets of the fields of the head, from 0. */
const VERSION = 0;
const EPOCH = VERSION + VERSION_WIDTH + 1;
const LAST_SEEN = EPOCH + EPOCH_WIDTH + 1;
const CREATED = LAST_SEEN + TIME_WIDTH + 1;
const IDLE = CREATED + TIME_WIDTH + 1;
const ABSOLUTE = IDLE + TIME_WIDTH + 1;
const USER = ABSOLUTE + TIME_WIDTH + 1;
const JSON_START = USER + USER_DIGEST_LENGTH + 1;

/** First and last position of each field, from 0 and inclusive, as GETRANGE takes them. */
export const HEAD = {
  version: [VERSION, EPOCH - 2],
  epoch: [EPOCH, LAST_SEEN - 2],
  lastSeenAtMs: [LAST_SEEN, CREATED - 2],
  createdAtMs: [CREATED, IDLE - 2],
  idleTimeoutMs: [IDLE, ABSOLUTE - 2],
  absoluteExpiresAtMs: [ABSOLUTE, USER - 2],
  user: [USER, JSON_START - 2],
} as const;

export const HEAD_LENGTH = JSON_START;

export function encodeVersion(version: number): string {
  return String(version).padStart(VERSION_WIDTH, '0');
}

export function encodeEpoch(epoch: number): string {
  return String(epoch).padStart(EPOCH_WIDTH, '0');
}

/** Fixed width, so that times compare as strings. */
export function encodeTime(milliseconds: number): string {
  return String(Math.max(0, Math.floor(milliseconds))).padStart(TIME_WIDTH, '0');
}

/**
 * The fields after the head, by position: with names a session would take a quarter more memory, and each request would
 * take longer to read it. New fields are appended, so that nodes of two versions read the same record.
 */
const restOf = (record: SessionRecord) =>
  [
    record.handle,
    record.writeId,
    record.userId,
    record.lineage,
    record.transport,
    record.persistent,
    record.claims,
    record.claimsVersion,
    record.data,
    record.device,
    record.authenticatedAtMs,
    record.deniedTokens,
    record.refresh ?? null,
    record.handleMac ?? null,
  ] as const;

type Rest = ReturnType<typeof restOf>;

/** Older versions wrote no `handleMac`, and no `refresh` for a session without tokens. */
const MIN_FIELDS = 12;

export function encodeRecord(record: SessionRecord): string {
  const { version, epoch, lastSeenAtMs, createdAtMs, idleTimeoutMs, absoluteExpiresAtMs } = record;
  const head = [
    encodeVersion(version),
    encodeEpoch(epoch),
    ...[lastSeenAtMs, createdAtMs, idleTimeoutMs, absoluteExpiresAtMs].map(encodeTime),
    userDigest(record.userId),
  ];
  return `${head.join('|')}|${JSON.stringify(restOf(record))}`;
}

/** Returns the record, or null for a damaged value: its user cannot be determined, so it belongs to no user. */
export function decodeRecord(value: string): SessionRecord | null {
  const rest = parsed(value.slice(JSON_START));
  if (!rest) return null;
  const version = numberAt(value, HEAD.version);
  const epoch = numberAt(value, HEAD.epoch);
  const lastSeenAtMs = numberAt(value, HEAD.lastSeenAtMs);
  const createdAtMs = numberAt(value, HEAD.createdAtMs);
  const idleTimeoutMs = numberAt(value, HEAD.idleTimeoutMs);
  const absoluteExpiresAtMs = numberAt(value, HEAD.absoluteExpiresAtMs);
  const times = lastSeenAtMs + createdAtMs + idleTimeoutMs + absoluteExpiresAtMs;
  if (Number.isNaN(version + epoch + times)) return null;
  const [
    handle,
    writeId,
    userId,
    lineage,
    transport,
    persistent,
    claims,
    claimsVersion,
    data,
    device,
    authenticatedAtMs,
    deniedTokens,
    refresh,
    handleMac,
  ] = rest;
  return {
    handle,
    version,
    writeId,
    userId,
    epoch,
    lineage,
    transport,
    persistent,
    claims,
    claimsVersion,
    data,
    device,
    createdAtMs,
    lastSeenAtMs,
    authenticatedAtMs,
    idleTimeoutMs,
    absoluteExpiresAtMs,
    deniedTokens,
    ...(refresh && { refresh }),
    ...(handleMac && { handleMac }),
  };
}

/** Returns NaN unless the field consists of digits. */
function numberAt(value: string, [first, last]: readonly [number, number]): number {
  let number = 0;
  for (let at = first; at <= last; at++) {
    const digit = value.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

/** An error message of JSON.parse quotes the invalid value, so the message is dropped. */
function parsed(json: string): Rest | undefined {
  try {
    const rest = JSON.parse(json) as Rest;
    return Array.isArray(rest) && rest.length >= MIN_FIELDS ? rest : undefined;
  } catch {
    return undefined;
  }
}
