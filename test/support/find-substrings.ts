/** Separators of a log line or of JSON. */
const WORD = /[^\s"',]+/g;
const SEPARATOR = /[\s"',]/;

/**
 * The strings that occur in a text, anywhere in a word. Takes one pass over the distinct words, because
 * a random test hands out a hundred thousand credentials and writes as many lines.
 */
export function findSubstrings(text: string, wanted: readonly string[]): string[] {
  const found = new Set<string>();
  const words = wanted.filter((one) => one !== '' && !SEPARATOR.test(one));
  const length = Math.min(...words.map((one) => one.length));
  const byStart = new Map<string, string[]>();
  for (const one of words) {
    const start = one.slice(0, length);
    byStart.set(start, [...(byStart.get(start) ?? []), one]);
  }
  for (const word of new Set(text.match(WORD))) {
    for (let at = 0; at + length <= word.length; at++) {
      for (const one of byStart.get(word.slice(at, at + length)) ?? []) {
        if (word.startsWith(one, at)) found.add(one);
      }
    }
  }
  return wanted.filter((one) => found.has(one) || (SEPARATOR.test(one) && text.includes(one)));
}
