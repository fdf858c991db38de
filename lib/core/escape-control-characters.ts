import { isNativeError } from 'node:util/types';

/**
 * Characters that a terminal or a log viewer obeys instead of showing: controls, line separators, and format characters,
 * which turn the direction of text or are invisible (ASVS 16.4.1, CWE-117). Lone surrogates are no text.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Longest reason taken from an error: a server may send megabytes. */
const MAX_CHARACTERS = 500;

/** A URL up to the last `@`, in front of which a password may stand. File URLs, as in stack traces, have none. */
const CREDENTIALS = /(?<!\bfile):\/\/[^]*@/g;

/** The text on one line, with `\u` escapes for what must be seen and not obeyed. */
export function escapeControlCharacters(text: string): string {
  return text.replaceAll(UNSAFE, unicodeEscape);
}

/** As `escapeControlCharacters`, for text whose line feeds are meant. */
export function escapeLines(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeControlCharacters(line))
    .join('\n');
}

/** JSON in which everything that `escapeControlCharacters` escapes is escaped, so that it reads back as it was. */
export function escapeJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent);
  return indent > 0 ? escapeLines(json) : escapeControlCharacters(json);
}

/** Takes out what stands between `://` and the last `@`: a URL has its password there, whatever is quoted in it. */
export function withoutPassword(text: string): string {
  return text.replaceAll(CREDENTIALS, '://***@');
}

/**
 * The message of an error on one line, shortened, without passwords of URLs. Nothing of a value that is no Error: a store
 * may throw what it holds.
 */
export function errorMessage(error: unknown): string {
  // An error of another realm is no `instanceof Error`.
  const known = isNativeError(error) || error instanceof Error;
  const { message, code, name } = (known ? error : {}) as Partial<NodeJS.ErrnoException>;
  // An AggregateError of several addresses has no message.
  const said = [message, code, name].find((text) => typeof text === 'string' && text !== '');
  const reason = escapeControlCharacters(withoutPassword(said ?? 'it threw no Error'));
  return reason.length > MAX_CHARACTERS ? `${reason.slice(0, MAX_CHARACTERS)}…` : reason;
}

function unicodeEscape(unsafe: string): string {
  return Array.from(
    { length: unsafe.length },
    (_, at) => `\\u${unsafe.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}
