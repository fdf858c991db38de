import { typedBits } from './typed-text.js';

/**
 * Signs that a secret was typed, copied from an example or built from a pattern (RFC 8725bis section 3.5: keys that a
 * person can remember must not be used). The check distinguishes random bytes from typed text; it cannot distinguish a
 * weak generator from a good one.
 */
export type SecretWeakness = 'few-characters' | 'repeats-itself' | 'looks-typed';

/** A random hexadecimal string of 32 characters has fewer distinct characters once in millions. */
const MIN_DISTINCT_BYTES = 8;
const MAX_UNIT_BYTES = 16;

/**
 * Number of bits by which typing must explain a secret better than chance does. At most one random secret in 2^16
 * reaches it, whatever the model of typing (Markov's inequality).
 */
const MIN_GAIN_BITS = 16;

/** Alphabets of random secrets, smallest first. */
const ALPHABETS: readonly [characters: RegExp, bitsEach: number][] = [
  [/^\d+$/, Math.log2(10)],
  [/^([\da-f]+|[\dA-F]+)$/, 4],
  [/^([A-Z2-7]+|(?=.*\d)[a-z2-7]+)=*$/, 5],
  [/^[\w+/-]+=*$/, 6],
  [/^[ -~]+$/, Math.log2(95)],
];
const BYTE_BITS = 8;
/** The format of a UUID. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Returns the weakness of a secret, if any. Pass bytes as a `latin1` string. */
export function weaknessOf(secret: string): SecretWeakness | undefined {
  if (new Set(secret).size < MIN_DISTINCT_BYTES) return 'few-characters';
  if (repeatsItself(secret)) return 'repeats-itself';
  const text = UUID.test(secret) ? secret.replaceAll('-', '') : secret;
  return typedBits(text) + MIN_GAIN_BITS < randomBits(text) ? 'looks-typed' : undefined;
}

function repeatsItself(secret: string): boolean {
  for (let unit = 1; unit <= Math.min(MAX_UNIT_BYTES, secret.length / 2); unit++) {
    if (secret.startsWith(secret.slice(unit))) return true;
  }
  return false;
}

function randomBits(text: string): number {
  const [, bitsEach] = ALPHABETS.find(([characters]) => characters.test(text)) ?? [];
  return text.length * (bitsEach ?? BYTE_BITS);
}
