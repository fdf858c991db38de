import { Injectable } from '@nestjs/common';
import { serialize, type SerializeOptions } from 'cookie';
import { ResolvedOptions } from '../../options/resolved-options.js';
import type { HttpExchange } from '../http-exchange.js';
import { readCookiesByPrefix } from './parse-cookies.js';

/** More of them are more logins in one browser than a user has open. */
const MAX_COOKIES = 5;
/** Servers and proxies limit the headers of a request to 8 kB or more, all cookies of the host included. */
const MAX_TOTAL_BYTES = 3072;
/** `; ` and `=` around the cookie in the header. */
const SEPARATOR_BYTES = 3;

/** One cookie of `TransientState`. */
export interface StateCookie {
  readonly id: string;
  /** `<expiry in epoch milliseconds, base 36>.<sealed value>` */
  readonly value: string;
}

/** Reads and writes the cookies of the transient states of one module. They are restricted to this host. */
@Injectable()
export class StateCookies {
  readonly #prefix: string;

  constructor(private readonly options: ResolvedOptions) {
    this.#prefix = `${options.cookie.stateName}-`;
  }

  /** Whether browsers accept the cookies with `SameSite=None`. */
  get secure(): boolean {
    return this.options.cookie.secure;
  }

  /** All received cookies, also those of states that have expired. */
  read(http: HttpExchange): StateCookie[] {
    return readCookiesByPrefix(http.headers.cookie, this.#prefix).map(([id, value]) => ({
      id,
      value,
    }));
  }

  /**
   * Sets a cookie. If there would be more than 5, or more than 3 kB, clears the ones that expire first.
   * @param sameSite of the new cookie
   */
  set(http: HttpExchange, cookie: StateCookie, ttlSeconds: number, sameSite: 'lax' | 'none'): void {
    const latestFirst = this.read(http).toSorted((a, b) => expiryOf(b) - expiryOf(a));
    const kept = [cookie];
    let bytes = this.#bytesOf(cookie);
    for (const one of latestFirst) {
      bytes += this.#bytesOf(one);
      if (kept.length < MAX_COOKIES && bytes <= MAX_TOTAL_BYTES) kept.push(one);
      else this.clear(http, one.id);
    }
    this.#write(http, cookie, { maxAge: ttlSeconds, sameSite });
  }

  clear(http: HttpExchange, id: string): void {
    // Accepted whatever the request and whichever SameSite the cookie was set with.
    const sameSite = this.secure ? 'none' : 'lax';
    this.#write(http, { id, value: '' }, { maxAge: 0, sameSite });
  }

  #write(
    http: HttpExchange,
    { id, value }: StateCookie,
    attributes: Pick<SerializeOptions, 'maxAge' | 'sameSite'>,
  ): void {
    const { secure, partitioned } = this.options.cookie;
    const line = serialize(`${this.#prefix}${id}`, value, {
      ...attributes,
      httpOnly: true,
      secure,
      path: '/',
      ...(partitioned && { partitioned }),
    });
    http.appendHeader('Set-Cookie', line);
  }

  #bytesOf({ id, value }: StateCookie): number {
    return this.#prefix.length + id.length + value.length + SEPARATOR_BYTES;
  }
}

/** Epoch milliseconds. A value that this package did not write has the earliest. */
function expiryOf({ value }: StateCookie): number {
  return Number.parseInt(value, 36) || 0;
}
