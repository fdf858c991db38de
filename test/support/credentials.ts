import { findSubstrings } from './find-substrings.js';

/** Names of the fields of answers and results that contain credentials. */
const NAMES = new Set(['accessToken', 'refreshToken', 'csrfToken', 'secret']);
/** Shorter values prove nothing and may occur by chance. */
const MIN_LENGTH = 20;

/** The credentials that a test file received. */
export class Credentials {
  readonly #values = new Set<string>();

  add(...values: readonly string[]): void {
    for (const value of values) if (value.length >= MIN_LENGTH) this.#values.add(value);
  }

  /** Adds the credentials in an answer or a result of a service, at any depth. */
  addFrom(result: unknown): void {
    JSON.stringify(result, (name, value: unknown) => {
      if (typeof value === 'string' && NAMES.has(name)) this.add(value);
      return value;
    });
  }

  /** Adds the values of `Set-Cookie` headers. */
  addCookies(setCookies: readonly string[]): void {
    this.add(...setCookies.map((cookie) => /=([^;]*)/.exec(cookie)?.[1] ?? ''));
  }

  get count(): number {
    return this.#values.size;
  }

  /** Handles of the sessions of the access tokens among them. */
  get handles(): string[] {
    const jwts = [...this.#values].filter((value) => value.split('.').length === 3);
    const claims = jwts.map(
      (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as object,
    );
    return [...new Set(claims.flatMap((one) => ('sid' in one ? String(one.sid) : [])))];
  }

  /**
   * The credentials that a text contains, whole or in part: half a token in a log already helps an
   * attacker.
   */
  foundIn(text: string): string[] {
    const whole = [...this.#values];
    const parts = new Set(whole.concat(whole.flatMap((value) => value.split('.'))));
    return findSubstrings(
      text,
      [...parts].filter((part) => part.length >= MIN_LENGTH),
    );
  }
}

/**
 * The credentials in answers to the HTTP clients of the tests, and in results of services if
 * captured.
 */
export const handedOut = new Credentials();
