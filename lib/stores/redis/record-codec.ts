import { USER_DIGEST_LENGTH, userDigest } from '../../sessions/handle.js';
import type { SessionRecord } from '../../sessions/session-record.js';

/**
 * A record in Redis is one string: a head of fixed width, which scripts read and write by position, then JSON, which
 * they never touch.
 *
 *     version    epoch  lastSeenAtMs  createdAtMs   idleTimeoutMs absoluteMs    user digest            rest
 *     0000000001|000000|1764000000000|1764000000000|0000604800000|1766592000000|hYeWmRTnOT0Zp6pVM4qWkw|{"handle":"..."}
 */
const TIME_WIDTH = 13;
const VERSION_WIDTH = 10;
const EPOCH_WIDTH = 6;

/** Where the fields of the head begin, from 0. */
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

export function encodeRecord(record: SessionRecord): string {
  const { version, epoch, lastSeenAtMs, createdAtMs, idleTimeoutMs, absoluteExpiresAtMs, ...rest } =
    record;
  const head = [
    encodeVersion(version),
    encodeEpoch(epoch),
    ...[lastSeenAtMs, createdAtMs, idleTimeoutMs, absoluteExpiresAtMs].map(encodeTime),
    userDigest(record.userId),
  ];
  return `${head.join('|')}|${JSON.stringify(rest)}`;
}

/** The record, or null for a value that is damaged: nobody can tell whose session it was, so it is nobody's. */
export function decodeRecord(value: string): SessionRecord | null {
  const record = parsed(value.slice(JSON_START));
  if (!record) return null;
  for (const name of NUMBERS) {
    const number = numberAt(value, HEAD[name]);
    if (Number.isNaN(number)) return null;
    record[name] = number;
  }
  return record as SessionRecord;
}

const NUMBERS = [
  'version',
  'epoch',
  'lastSeenAtMs',
  'createdAtMs',
  'idleTimeoutMs',
  'absoluteExpiresAtMs',
] as const;

/** NaN where there is anything but digits. */
function numberAt(value: string, [first, last]: readonly [number, number]): number {
  let number = 0;
  for (let at = first; at <= last; at++) {
    const digit = value.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

type Parsed = { -readonly [Name in keyof SessionRecord]?: SessionRecord[Name] };

/** What JSON.parse says of a value it cannot read quotes it, so nothing of that is passed on. */
function parsed(json: string): Parsed | undefined {
  try {
    const record: unknown = JSON.parse(json);
    return typeof record === 'object' && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}
