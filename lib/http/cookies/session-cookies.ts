import { Injectable } from '@nestjs/common';
import { serialize, type SerializeOptions } from 'cookie';
import { requireCookieSize } from '../../core/cookie-size.js';
import { ResolvedOptions } from '../../options/resolved-options.js';
import {
  type BrowserCredential,
  type CookieKind,
  type CookieRequest,
  type RequestCredentials,
} from '../request-credentials.js';
import { type CookieScope, otherScopes } from './cookie-scope.js';
import { MountedRoutes } from '../adapter/mounted-routes.js';

/** Per response. Some gateways drop further lines, and others refuse the response. */
const MAX_SET_COOKIES = 16;

const KINDS: readonly CookieKind[] = ['session', 'access', 'refresh', 'csrf'];

/** Reads and writes the cookies of one module; names and attributes come from its `cookie` options. */
@Injectable()
export class SessionCookies {
  #refreshPath: string | undefined;

  constructor(
    private readonly options: ResolvedOptions,
    private readonly routes: MountedRoutes,
  ) {}

  /**
   * `Set-Cookie` values for a credential. Received cookies of the other transports are cleared, so that a browser holds
   * one session, and so are cookies that were received twice.
   * @param persistForMs absent: until the browser is closed
   * @throws TypeError if a cookie would be longer than browsers keep
   */
  set(request: CookieRequest, credential: BrowserCredential, persistForMs?: number): string[] {
    const age = persistForMs === undefined ? {} : { maxAge: Math.floor(persistForMs / 1000) };
    const set: [CookieKind, string][] =
      credential.transport === 'cookie'
        ? [['session', credential.secret]]
        : [
            ['access', credential.tokens.accessToken],
            ['refresh', credential.tokens.refreshToken],
          ];
    const kept = new Set(set.map(([kind]) => kind));
    const lines = [
      ...set.map(([kind, value]) => this.#cookie(kind, value, age)),
      ...this.#cleared(presentKinds(request).filter((kind) => !kept.has(kind))),
    ];
    return this.#afterRepeated(request, KINDS, lines);
  }

  /** `Set-Cookie` values of the cookie that binds CSRF tokens before login. */
  setCsrf(request: CookieRequest, value: string): string[] {
    return this.#afterRepeated(request, ['csrf'], [this.#cookie('csrf', value, {})]);
  }

  /**
   * `Set-Cookie` values that clear the received cookies. A cookie that was received twice is also cleared in the scopes
   * in which earlier options may have set it.
   * @param kinds which of them. Default: all
   */
  clear(request: CookieRequest, kinds: readonly CookieKind[] = KINDS): string[] {
    const cleared = presentKinds(request).filter((kind) => kinds.includes(kind));
    return this.#afterRepeated(request, kinds, this.#cleared(cleared));
  }

  /** As `clear`, for the cookies that were received twice. */
  clearRepeated(request: CookieRequest): string[] {
    const { credentials } = request;
    return this.clear(
      request,
      KINDS.filter((kind) => isRepeated(kind, credentials)),
    );
  }

  #cleared(kinds: readonly CookieKind[]): string[] {
    return kinds.map((kind) => this.#cookie(kind, '', { maxAge: 0 }));
  }

  /**
   * Prepends lines that clear the cookies received twice, in the scopes in which earlier options may have set them: two
   * cookies of one name are refused everywhere, so the user could not log in again otherwise. They come first, because
   * a browser that does not know `Partitioned` would apply one of them to the cookie that `lines` set.
   */
  #afterRepeated(
    { http, credentials }: CookieRequest,
    kinds: readonly CookieKind[],
    lines: readonly string[],
  ): string[] {
    const repeated = kinds.filter((kind) => isRepeated(kind, credentials));
    if (repeated.length === 0) return [...lines];
    const hostname = hostnameOf(http.origin);
    const paths = [http.path, this.options.cookie.path, this.#pathOfRefresh()];
    // Interleaved by kind, the likely scopes first.
    const scopes = repeated.flatMap((kind) =>
      otherScopes(this.#scope(kind), hostname, paths)
        .filter((scope) => isAllowed(this.#name(kind), scope))
        .map((scope, turn) => ({ kind, scope, turn })),
    );
    const cleared = scopes
      .toSorted((a, b) => a.turn - b.turn)
      .slice(0, Math.max(0, MAX_SET_COOKIES - lines.length - http.setCookieCount))
      .map(({ kind, scope }) => this.#cookie(kind, '', { maxAge: 0 }, scope));
    return [...cleared, ...lines];
  }

  #cookie(
    kind: CookieKind,
    value: string,
    age: Pick<SerializeOptions, 'maxAge'>,
    { domain, path, partitioned }: CookieScope = this.#scope(kind),
  ): string {
    const name = this.#name(kind);
    requireCookieSize(name, value);
    const { sameSite, secure } = this.options.cookie;
    return serialize(name, value, {
      ...age,
      httpOnly: true,
      secure,
      sameSite,
      path,
      ...(domain !== undefined && { domain }),
      ...(partitioned && { partitioned }),
    });
  }

  #name(kind: CookieKind): string {
    return this.options.cookie[`${kind}Name`];
  }

  #scope(kind: CookieKind): CookieScope {
    const { domain, path, partitioned } = this.options.cookie;
    return { domain, path: kind === 'refresh' ? this.#pathOfRefresh() : path, partitioned };
  }

  /** Available once the app has registered its routes, long after the constructor ran. */
  #pathOfRefresh(): string {
    this.#refreshPath ??=
      this.options.cookie.refreshPath ?? this.routes.refreshMount()?.cookiePath ?? '/';
    return this.#refreshPath;
  }
}

/** Received cookies to clear. Only the kit's routes receive the refresh cookie: it is cleared with the access one. */
function presentKinds({ credentials: { allCookies } }: CookieRequest): CookieKind[] {
  const pair = allCookies.access.length > 0 || allCookies.refresh.length > 0;
  return KINDS.filter((kind) =>
    kind === 'access' || kind === 'refresh' ? pair : allCookies[kind].length > 0,
  );
}

/** If the access cookie was received twice, the refresh cookie would be, too, on its path. */
function isRepeated(kind: CookieKind, { allCookies }: RequestCredentials): boolean {
  return allCookies[kind].length > 1 || (kind === 'refresh' && allCookies.access.length > 1);
}

/** Browsers ignore a cookie whose scope contradicts its prefix (RFC 6265bis section 4.1.3.2). */
function isAllowed(name: string, { domain, path, partitioned }: CookieScope): boolean {
  if (partitioned && !name.startsWith('__')) return false;
  return !name.startsWith('__Host-') || (domain === undefined && path === '/');
}

function hostnameOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : '';
}
