import { type IncomingMessage, request } from 'node:http';
import { Cookie, CookieJar } from 'tough-cookie';
import { type Answer, parsed } from './http-client.js';

/** The page or form that sends a request to the application. */
export interface Page {
  readonly origin: string;
  readonly site: 'same-origin' | 'same-site' | 'cross-site';
}

/**
 * The address of the application for browsers. Cookies with a prefix need https, which a proxy in
 * front ends.
 */
export const SITE = 'https://app.example';
/** A page of a subdomain: browsers attach SameSite cookies to its requests. */
export const SIBLING_PAGE: Page = { origin: 'https://blog.app.example', site: 'same-site' };
export const FOREIGN_PAGE: Page = { origin: 'https://evil.test', site: 'cross-site' };

export interface BrowserSent {
  readonly method?: string;
  readonly json?: unknown;
  /** A body that is not JSON, with its content type in `headers`. */
  readonly body?: string;
  /** Sent as `X-CSRF-Token`. */
  readonly csrf?: string | undefined;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** Default: a page of the application. */
  readonly from?: Page;
  /** Replaces the cookies of the jar. */
  readonly cookie?: string;
  /** Override all other headers; undefined removes one. */
  readonly headers?: Record<string, string | undefined>;
}

export interface BrowserAnswer<Body = Record<string, unknown>> extends Answer<Body> {
  readonly setCookies: readonly string[];
}

/** A browser: stores cookies according to RFC 6265bis, and sends `Origin` and `Sec-Fetch-Site`. */
export class Browser {
  /**
   * @param server address on which the application listens
   * @param routes path of the routes of the package
   * @param jar cookies that it has already
   * @param site address of the application for this browser
   */
  constructor(
    private readonly server: string,
    private readonly routes = '/auth',
    readonly jar = new CookieJar(undefined, { prefixSecurity: 'strict' }),
    private readonly site = SITE,
  ) {}

  /** The same browser, connected to another instance of the application. */
  at(server: string): Browser {
    return new Browser(server, this.routes, this.jar, this.site);
  }

  get<Body = Record<string, unknown>>(path: string, sent: BrowserSent = {}) {
    return this.send<Body>(path, sent);
  }

  post<Body = Record<string, unknown>>(path: string, sent: BrowserSent = {}) {
    return this.send<Body>(path, { method: 'POST', ...sent });
  }

  /** Fetches a CSRF token and posts with it, as a page of the application does. */
  async act<Body = Record<string, unknown>>(path: string, sent: BrowserSent = {}) {
    return this.post<Body>(path, { csrf: await this.csrfToken(sent.cookie), ...sent });
  }

  /** @param cookie replaces the cookies of the jar */
  async csrfToken(cookie?: string): Promise<string> {
    const { body, status, text } = await this.get<{ csrfToken: string }>(
      `${this.routes}/csrf-token`,
      cookie === undefined ? {} : { cookie },
    );
    if (status !== 200) throw new Error(`csrf-token answered ${status}: ${text}`);
    return body.csrfToken;
  }

  /** The cookies for the application, with any path. */
  async cookies(): Promise<Cookie[]> {
    const { cookies } = await this.jar.serialize();
    // The jar removes expired cookies only when it is read.
    return cookies.flatMap((one) => Cookie.fromJSON(one) ?? []).filter((one) => one.TTL() > 0);
  }

  /** The value of a cookie, undefined if the jar has none with that name. */
  async cookie(name: string): Promise<string | undefined> {
    return (await this.cookies()).find(({ key }) => key === name)?.value;
  }

  async send<Body>(path: string, sent: BrowserSent): Promise<BrowserAnswer<Body>> {
    const ownPage: Page = { origin: this.site, site: 'same-origin' };
    const { method = 'GET', json, from = ownPage } = sent;
    const url = this.site + path;
    // Browsers send Lax cookies from another site only if the user follows a link.
    const sameSiteContext =
      from.site !== 'cross-site' ? 'strict' : method === 'GET' ? 'lax' : 'none';
    const cookie = sent.cookie ?? (await this.jar.getCookieString(url, { sameSiteContext }));
    const body = json === undefined ? sent.body : JSON.stringify(json);
    const headers = {
      host: new URL(this.site).host,
      'sec-fetch-site': from.site,
      ...(method !== 'GET' && { origin: from.origin, 'content-length': `${length(body)}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(sent.csrf !== undefined && { 'x-csrf-token': sent.csrf }),
      ...(sent.token !== undefined && { authorization: `Bearer ${sent.token}` }),
      ...(cookie !== '' && { cookie }),
      ...sent.headers,
    };
    const response = await this.#exchange(method, path, headers, body);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    const setCookies = response.headers['set-cookie'] ?? [];
    for (const one of setCookies) await this.jar.setCookie(one, url);
    return {
      status: response.statusCode ?? 0,
      headers: new Headers(pairs(response.rawHeaders)),
      text,
      body: parsed(text, setCookies) as Body,
      setCookies,
    };
  }

  #exchange(
    method: string,
    path: string,
    headers: Record<string, string | undefined>,
    body?: string,
  ): Promise<IncomingMessage> {
    const { hostname, port } = new URL(this.server);
    return new Promise((resolve, reject) => {
      const outgoing = request({ hostname, port, method, path }, resolve).on('error', reject);
      for (const [name, value] of Object.entries(headers)) {
        if (value !== undefined) outgoing.setHeader(name, value);
      }
      outgoing.end(body);
    });
  }
}

function length(body = ''): number {
  return Buffer.byteLength(body);
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, i) => (i % 2 ? [] : [[name, rawHeaders[i + 1] as string]]));
}
