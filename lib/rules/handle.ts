import { DIGEST_LENGTH, digest128 } from '../core/digest.js';
import { randomId, randomSecret } from '../core/random.js';

/**
 * A session has a secret, which the browser keeps, and a handle, which identifies it everywhere else. The handle is a
 * digest of the secret, so no log, list or dump of the store grants access (OAuth 2.1 section 4.3).
 *
 * Both start with a tag of the user: in Redis Cluster it puts all records of a user and their index into one slot.
 */
const TAG_LENGTH = 3;

// 128 bits leave 4 unused in the last character, 256 bits leave 2: both must be zero, so that each handle has one
// spelling.
const HANDLE = /^[\w-]{3}\.[\w-]{21}[AQgw]$/;
const SECRET = /^[\w-]{3}\.[\w-]{42}[AEIMQUYcgkosw048]$/;

const MAX_USER_ID_LENGTH = 255;
/** UTF-8 encodes all of these as one replacement character, so users with different ones would share an index. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** @throws TypeError if the value cannot be a user id */
export function requireUserId(userId: unknown): string {
  if (typeof userId === 'string' && userId !== '' && userId.length <= MAX_USER_ID_LENGTH) {
    if (!LONE_SURROGATE.test(userId)) return userId;
    throw new TypeError('userId has half of a surrogate pair, which UTF-8 cannot carry');
  }
  throw new TypeError(
    `userId must be a string of 1 to ${MAX_USER_ID_LENGTH} characters, got ${typeof userId}; pass String(user.id) for another type`,
  );
}

/** Tag and index name of a user: a digest, so that any userId is a safe key. */
export function userDigest(userId: string): string {
  return digest128(userId);
}

/** Characters of `userDigest`. */
export const USER_DIGEST_LENGTH = DIGEST_LENGTH;

export function tagOf(handle: string): string {
  return handle.slice(0, TAG_LENGTH);
}

/** A handle without a secret, for sessions that are proven by tokens. */
export function newHandle(userId: string): string {
  return `${tagOf(userDigest(userId))}.${randomId()}`;
}

export function newSecret(userId: string): string {
  return `${tagOf(userDigest(userId))}.${randomSecret()}`;
}

export function handleOf(secret: string): string {
  return `${tagOf(secret)}.${digest128(secret)}`;
}

/** Whether the value has the form of a handle; other values never reach the store. */
export function isHandle(value: unknown): value is string {
  return typeof value === 'string' && HANDLE.test(value);
}

export function isSecret(value: unknown): value is string {
  return typeof value === 'string' && SECRET.test(value);
}
