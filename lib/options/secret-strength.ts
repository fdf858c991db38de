/**
 * What makes a secret look typed, copied from an example or made by a pattern (RFC 8725bis section 3.5: no key that a
 * person can remember). It tells random bytes from words; it cannot tell a weak generator from a good one.
 */
export type SecretWeakness = 'few-characters' | 'repeats-itself' | 'counts-up' | 'reads-like-words';

/** Random hexadecimal of 32 characters has fewer different ones once in millions. */
const LEAST_DIFFERENT = 8;
const LONGEST_UNIT = 16;
const MOST_STEPS = 0.5;

/** Words: a letter and two lower-case ones, or more. A fifth of random base64 is of that form; 1 in 10,000 is refused. */
const WORD = /[A-Za-z][a-z]{2,}/g;
const MOST_IN_WORDS = 0.6;
const SEPARATORS = /[\s_.,!-]/g;
/** Fewer letters in words say nothing: a random value has that many by chance. */
const LEAST_LETTERS = 16;

/** The commonest pairs of letters in English: half of the pairs in text, one in fourteen among random letters. */
const COMMON_PAIRS = new Set(
  (
    'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha ' +
    'as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si ec et'
  ).split(' '),
);
const MOST_COMMON_PAIRS = 0.28;

/** What is wrong with the secret, if anything. For bytes, pass them as `latin1`. */
export function weaknessOf(secret: string): SecretWeakness | undefined {
  if (new Set(secret).size < LEAST_DIFFERENT) return 'few-characters';
  if (repeatsItself(secret)) return 'repeats-itself';
  if (countsUp(secret)) return 'counts-up';
  return readsLikeWords(secret) ? 'reads-like-words' : undefined;
}

function repeatsItself(secret: string): boolean {
  for (let unit = 1; unit <= Math.min(LONGEST_UNIT, secret.length / 2); unit++) {
    if (secret.startsWith(secret.slice(unit))) return true;
  }
  return false;
}

/** As in `abcdefgh` and `987654`. */
function countsUp(secret: string): boolean {
  let steps = 0;
  for (let i = 1; i < secret.length; i++) {
    if (Math.abs(secret.charCodeAt(i) - secret.charCodeAt(i - 1)) <= 1) steps++;
  }
  return steps > MOST_STEPS * (secret.length - 1);
}

function readsLikeWords(secret: string): boolean {
  const text = secret.replaceAll(SEPARATORS, '');
  const words = text.match(WORD) ?? [];
  const letters = words.reduce((total, word) => total + word.length, 0);
  if (letters < LEAST_LETTERS || letters < MOST_IN_WORDS * text.length) return false;
  const pairs = words.flatMap((word) =>
    Array.from({ length: word.length - 1 }, (_, i) => word.slice(i, i + 2).toLowerCase()),
  );
  return pairs.filter((pair) => COMMON_PAIRS.has(pair)).length > MOST_COMMON_PAIRS * pairs.length;
}
