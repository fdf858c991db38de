/** Names under which answers and services hand out what lets somebody in, or proves something. */
const NAMES = new Set(['accessToken', 'refreshToken', 'csrfToken', 'secret']);
/** What is shorter proves nothing, and may stand anywhere by chance. */
const MIN_LENGTH = 20;

/** The credentials that were handed out in a test file. */
export class Credentials {
  readonly #values = new Set<string>();

  add(...values: readonly string[]): void {
    for (const value of values) if (value.length >= MIN_LENGTH) this.#values.add(value);
  }

  /** Adds what an answer or the result of a service holds, however deep. */
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

  /** Public names of the sessions whose access tokens are among them. */
  get handles(): string[] {
    const jwts = [...this.#values].filter((value) => value.split('.').length === 3);
    const claims = jwts.map(
      (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as object,
    );
    return [...new Set(claims.flatMap((one) => ('sid' in one ? String(one.sid) : [])))];
  }

  /** Those that stand in a text, whole or in parts: half a token in a log is a token with little missing. */
  foundIn(text: string): string[] {
    const whole = [...this.#values];
    const parts = new Set(whole.concat(whole.flatMap((value) => value.split('.'))));
    return [...parts].filter((part) => part.length >= MIN_LENGTH && text.includes(part));
  }
}

/** What the HTTP clients of the tests received, with what services gave where `overhear` listens. */
export const handedOut = new Credentials();
