import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { digest128 } from '../core/digest.js';
import { jsonOf } from '../core/json.js';
import { randomId } from '../core/random.js';
import { SessionError } from '../core/session-error.js';
import type { StateRejection } from '../events/session-event.js';
import { SessionEvents } from '../events/session-events.service.js';
import { StateCookies } from '../http/cookies/state-cookies.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { KeyRing } from '../jwt/key-ring.js';
import { RateLimiter } from '../rate-limit/rate-limiter.js';
import { openText, sealText } from './sealed-text.js';

const MAX_TTL_SECONDS = 3600;
/** Bytes of JSON. Two cookies with such values fit into the 3 kB of all of them. */
const MAX_VALUE_BYTES = 1024;
/** How long a use is remembered: longer than any state is valid, also on a node whose clock is behind. */
const USE_REMEMBERED_MS = (MAX_TTL_SECONDS + 60) * 1000;

/** The lifetime of a state, and how its cookie travels. */
export interface TransientStateOptions {
  /** Seconds until the state expires, 1 to 3600. A login with an identity provider takes minutes. */
  readonly ttlSeconds: number;
  /**
   * `'none'` for a callback that the provider's page posts from its own site (`response_mode=form_post`): a browser
   * sends no other cookie with such a request. It needs https (`cookie.secure`), and `@SkipCsrf()` on the handler; the
   * state is the protection against CSRF there.
   * @default 'lax', for a callback by GET
   */
  readonly sameSite?: 'lax' | 'none';
}

/**
 * Keeps a value in the browser while the user is at another site, such as an identity provider, and gives it back once,
 * to the same browser. The `state` of OAuth 2.0 (RFC 6749 section 10.12) is the main use.
 *
 * Each state has a cookie of its own, so that two tabs can log in at once. The value in it is encrypted and
 * authenticated (AES-256-GCM). A browser keeps 5 states with 3 kB in all; another one replaces the one that expires
 * first. A state can be used once, on all nodes together with Redis, otherwise in this process.
 * @see docs/oauth-login.md
 */
@Injectable()
export class TransientState {
  constructor(
    private readonly cookies: StateCookies,
    private readonly keys: KeyRing,
    private readonly limiter: RateLimiter,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Keeps a value in a cookie of this browser.
   * @param purpose a constant of the application, such as the name of the provider; 1 to 64 characters. Only `take` with
   * the same purpose returns the value
   * @param value anything that JSON represents, at most 1024 bytes of JSON
   * @returns the state, 22 characters for a URL. It is useless without the cookie
   * @throws TypeError for an invalid argument
   * @example
   * const state = states.begin(http, 'google', { nonce, codeVerifier }, { ttlSeconds: 600 });
   */
  begin(
    http: HttpExchange,
    purpose: string,
    value: unknown,
    { ttlSeconds, sameSite = 'lax' }: TransientStateOptions,
  ): string {
    this.#requireOptions(purpose, ttlSeconds, sameSite);
    const json = requireJson(value);
    const state = randomId();
    const expiry = (this.clock.nowMs() + ttlSeconds * 1000).toString(36);
    const context = contextOf(purpose, state, expiry);
    const sealed = sealText(this.keys.state[0], json, context);
    const cookie = { id: digest128(state), value: `${expiry}.${sealed}` };
    this.cookies.set(http, cookie, ttlSeconds, sameSite);
    http.setHeader('Cache-Control', 'no-store');
    return state;
  }

  /**
   * Returns the value of a state and ends the state.
   * @param purpose as for `begin`
   * @param state from the request, of any type
   * @returns the value as JSON represents it; `Value` is not checked
   * @throws SessionError `STATE_INVALID` if this browser has no such state, or the state was taken before or has
   * expired, `STORE_UNAVAILABLE` if it is unknown whether it was taken before; a repeated request can succeed then
   * @example
   * const { nonce } = await states.take<{ nonce: string }>(http, 'google', query.state);
   */
  async take<Value = unknown>(http: HttpExchange, purpose: string, state: unknown): Promise<Value> {
    http.setHeader('Cache-Control', 'no-store');
    if (typeof state !== 'string') throw this.#rejected(http, purpose, 'missing');
    const id = digest128(state);
    const received = this.cookies.read(http).filter((cookie) => cookie.id === id);
    if (received.length === 0) throw this.#rejected(http, purpose, 'missing');
    const opened = received.map(({ value }) => this.#open(value, purpose, state));
    const found = opened.find((one) => one !== undefined);
    if (!found) throw this.#rejected(http, purpose, 'foreign');
    if (found.expiresAtMs <= this.clock.nowMs()) throw this.#rejected(http, purpose, 'expired', id);
    const isFirst = await this.limiter.useOnce(`state:${id}`, USE_REMEMBERED_MS);
    if (!isFirst) throw this.#rejected(http, purpose, 'used', id);
    this.cookies.clear(http, id);
    return JSON.parse(found.json) as Value;
  }

  #open(
    cookie: string,
    purpose: string,
    state: string,
  ): { readonly json: string; readonly expiresAtMs: number } | undefined {
    const [expiry = '', sealed = ''] = cookie.split('.');
    const json = openText(this.keys.state, sealed, contextOf(purpose, state, expiry));
    return json === undefined ? undefined : { json, expiresAtMs: Number.parseInt(expiry, 36) };
  }

  /** @param id of the cookie, if it is useless from now on */
  #rejected(
    http: HttpExchange,
    purpose: string,
    reason: StateRejection,
    id?: string,
  ): SessionError {
    if (id !== undefined) this.cookies.clear(http, id);
    this.events.emit({ type: 'state.rejected', purpose, reason, ip: http.device.ip });
    return new SessionError('STATE_INVALID');
  }

  #requireOptions(purpose: unknown, ttlSeconds: unknown, sameSite: unknown): void {
    if (typeof purpose !== 'string' || purpose.length < 1 || purpose.length > 64) {
      throw new TypeError('purpose must be a string of 1 to 64 characters, for example "google"');
    }
    if (!isTtl(ttlSeconds)) {
      throw new TypeError(
        `ttlSeconds must be a whole number of seconds from 1 to ${MAX_TTL_SECONDS}, for example 600`,
      );
    }
    if (sameSite !== 'lax' && sameSite !== 'none') {
      throw new TypeError("sameSite must be 'lax' (callback by GET) or 'none' (form_post)");
    }
    if (sameSite === 'none' && !this.cookies.secure) {
      throw new TypeError(
        "sameSite 'none' needs https and the option cookie.secure; browsers drop the cookie otherwise",
      );
    }
  }
}

function isTtl(seconds: unknown): boolean {
  return Number.isInteger(seconds) && Number(seconds) >= 1 && Number(seconds) <= MAX_TTL_SECONDS;
}

/** A value belongs to one state of one purpose, and its expiry cannot be changed. */
function contextOf(purpose: string, state: string, expiry: string): string {
  return JSON.stringify([purpose, state, expiry]);
}

/** @throws TypeError if the value cannot be kept */
function requireJson(value: unknown): string {
  const json = jsonOf('value', value);
  if (json === undefined) throw new TypeError('value must be something that JSON represents');
  const bytes = Buffer.byteLength(json);
  if (bytes <= MAX_VALUE_BYTES) return json;
  throw new TypeError(
    `value has ${bytes} bytes as JSON, and a cookie has room for ${MAX_VALUE_BYTES}; keep an id and store the rest in a database`,
  );
}
