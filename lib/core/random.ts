import { randomBytes } from 'node:crypto';

/** ASVS 11.5.1: what nobody may guess has at least 128 random bits; a v4 UUID (122) is not enough. */
const ID_BYTES = 16;
const SECRET_BYTES = 32;

/** 128 random bits as 22 base64url characters. */
export function randomId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** 256 random bits as 43 base64url characters. */
export function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}
