import { hash } from 'node:crypto';

/** Number of base64url characters that hold 128 bits. */
export const DIGEST_LENGTH = 22;

/** Maps the last character: two of its six bits belong to the 128 bits, the other four are set to zero. */
const LAST = new Map(
  ['ABCDEFGHIJKLMNOP', 'QRSTUVWXYZabcdef', 'ghijklmnopqrstuv', 'wxyz0123456789-_'].flatMap(
    (sameTwoBits) => [...sameTwoBits].map((character) => [character, sameTwoBits[0]]),
  ),
);

/** The first 128 bits of SHA-256 of `text`, as 22 base64url characters. */
export function digest128(text: string): string {
  // Truncates the string instead of a Buffer: this runs on every request, and creating a Buffer takes as long as the
  // hash.
  const digest = hash('sha256', text, 'base64url');
  const last = LAST.get(digest[DIGEST_LENGTH - 1] as string);
  return `${digest.slice(0, DIGEST_LENGTH - 1)}${last}`;
}
