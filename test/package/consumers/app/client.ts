import assert from 'node:assert/strict';

export interface Sent {
  readonly token?: string;
  readonly csrf?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A client over HTTP that keeps cookies, regardless of their attributes. */
export class Client {
  readonly #cookies = new Map<string, string>();

  constructor(private readonly url: string) {}

  get(path: string, sent?: Sent): Promise<Answer> {
    return this.#send('GET', path, sent);
  }

  post(path: string, sent?: Sent): Promise<Answer> {
    return this.#send('POST', path, sent);
  }

  async csrfToken(): Promise<string> {
    const { body } = await this.get('auth/csrf-token');
    return String(body['csrfToken']);
  }

  get cookie(): string {
    return [...this.#cookies].map((pair) => pair.join('=')).join('; ');
  }

  async #send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const { token, csrf, body, headers } = sent;
    const response = await fetch(`${this.url}/${path}`, {
      method,
      headers: {
        ...(this.#cookies.size > 0 && { cookie: this.cookie }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(csrf !== undefined && { 'x-csrf-token': csrf }),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    // Not json(): in jest its objects belong to another realm, where `deepEqual` finds another
    // prototype.
    const answer = JSON.parse(await response.text()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body: answer };
  }

  #keep(setCookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? [];
    if (/; Max-Age=0/i.test(setCookie)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}

/** The answer is an error, made from the SessionError that the filter of the application caught. */
export function assertRefused({ status, headers, body }: Answer, as: [number, string]): void {
  assert.deepEqual([status, body['code']], as);
  assert.equal(headers.get('x-caught-by'), 'SessionErrorFilter');
}
