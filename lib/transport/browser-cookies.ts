import { Injectable } from '@nestjs/common';
import { serialize, type SerializeOptions } from 'cookie';
import { ResolvedOptions } from '../options/resolved-options.js';
import {
  type BrowserCredential,
  CredentialCookies,
  type PresentedCredentials,
} from '../sessions/credential-cookies.js';
import type { HttpExchange } from '../sessions/http-exchange.js';
import { MountedRoutes } from './mounted-routes.js';
import { type CredentialReader, credentialReader } from './presented-credentials.js';

/** Browsers drop a cookie whose name and value have more bytes, without a word (RFC 6265bis section 5.6). */
const MAX_COOKIE_BYTES = 4096;

/** The cookies of one module, by its `cookie` options. */
@Injectable()
export class BrowserCookies extends CredentialCookies {
  readonly #read: CredentialReader;
  #refreshPath: string | undefined;

  constructor(
    private readonly options: ResolvedOptions,
    private readonly routes: MountedRoutes,
  ) {
    super();
    this.#read = credentialReader(options);
  }

  read({ headers, rawHeaders }: HttpExchange): PresentedCredentials {
    return this.#read(headers, rawHeaders);
  }

  /**
   * The cookies of a credential; the ones of the other transports are cleared, so that a browser holds one session.
   * @param persistForMs absent: until the browser is closed
   * @throws TypeError when a cookie would be longer than browsers keep
   */
  set(credential: BrowserCredential, persistForMs?: number): string[] {
    const { sessionName, accessName, refreshName, csrfName } = this.options.cookie;
    const age = persistForMs === undefined ? {} : { maxAge: Math.floor(persistForMs / 1000) };
    if (credential.transport === 'cookie') {
      return [
        this.#cookie(sessionName, credential.secret, age),
        ...[accessName, refreshName, csrfName].map((name) => this.#cleared(name)),
      ];
    }
    const { accessToken, refreshToken } = credential.tokens;
    return [
      this.#cookie(accessName, accessToken, age),
      this.#cookie(refreshName, refreshToken, age),
      ...[sessionName, csrfName].map((name) => this.#cleared(name)),
    ];
  }

  /** The cookie that binds CSRF tokens before login; it goes when the browser is closed. */
  setCsrf(value: string): string {
    return this.#cookie(this.options.cookie.csrfName, value, {});
  }

  /** Clears all of them, with the attributes they were set with: others would name other cookies. */
  clear(): string[] {
    const { sessionName, accessName, refreshName, csrfName } = this.options.cookie;
    return [sessionName, accessName, refreshName, csrfName].map((name) => this.#cleared(name));
  }

  #cleared(name: string): string {
    return this.#cookie(name, '', { maxAge: 0 });
  }

  #cookie(name: string, value: string, age: Pick<SerializeOptions, 'maxAge'>): string {
    if (name.length + value.length > MAX_COOKIE_BYTES) {
      throw new TypeError(
        `the cookie ${name} would have ${name.length + value.length} bytes, browsers keep ${MAX_COOKIE_BYTES}; put fewer claims into the token, large values belong into the session data`,
      );
    }
    const { sameSite, secure, domain, path, refreshName } = this.options.cookie;
    return serialize(name, value, {
      ...age,
      httpOnly: true,
      secure,
      sameSite,
      path: name === refreshName ? this.#pathOfRefresh() : path,
      ...(domain !== undefined && { domain }),
    });
  }

  /** Known once the app has registered its routes, long after this class is made. */
  #pathOfRefresh(): string {
    this.#refreshPath ??=
      this.options.cookie.refreshPath ?? this.routes.refreshMount()?.cookiePath ?? '/';
    return this.#refreshPath;
  }
}
