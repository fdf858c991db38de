import { isNativeError } from 'node:util/types';

/**
 * Characters that a terminal or log viewer interprets instead of showing: control characters, line separators, and
 * format characters, which change the direction of text or are invisible (ASVS 16.4.1, CWE-117). Lone surrogates are
 * not valid text.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Maximum length of an error message: a server may send megabytes. */
const MAX_CHARACTERS = 500;

/** A URL up to the last `@`, which a password may precede. File URLs, as in stack traces, contain no password. */
const CREDENTIALS = /(?<!\bfile):\/\/[^]*@/g;

/** Returns the text on one line, with unsafe characters replaced by `\u` escapes. */
export function escapeControlCharacters(text: string): string {
  return text.replaceAll(UNSAFE, unicodeEscape);
}

/** Like `escapeControlCharacters`, but keeps line feeds. */
export function escapeLines(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeControlCharacters(line))
    .join('\n');
}

/**
 * Returns JSON with the same characters escaped as by `escapeControlCharacters`; parsing it yields the original value.
 */
export function escapeJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent);
  return indent > 0 ? escapeLines(json) : escapeControlCharacters(json);
}

/**
 * Removes everything between `://` and the last `@`, where a URL contains its password, whatever characters it
 * contains.
 */
export function withoutPassword(text: string): string {
  return text.replaceAll(CREDENTIALS, '://***@');
}

/**
 * Returns the message of an error on one line, shortened, without passwords of URLs. Ignores the content of a value
 * that is not an Error: a store may throw stored data.
 */
export function errorMessage(error: unknown): string {
  // An error of another realm is not an `instanceof Error`.
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
