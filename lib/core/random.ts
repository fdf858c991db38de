import { randomBytes } from 'node:crypto';

/** ASVS 11.5.1: a value that must not be guessed has at least 128 random bits; a v4 UUID (122) is not enough. */
const ID_BYTES = 16;
const SECRET_BYTES = 32;

/** Returns 128 random bits as 22 base64url characters. */
export function randomId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** Returns 256 random bits as 43 base64url characters. */
export function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}
