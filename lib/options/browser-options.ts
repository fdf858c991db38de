/** The options for browsers: cookies, logout and CSRF. */
export interface BrowserOptions {
  /** Names and attributes of the cookies. */
  cookie?: {
    /**
     * Full name of the session cookie, with the prefix `__Host-` or `__Secure-`. The names of the other cookies are
     * derived from it.
     * @default '__Host-session'
     * @see docs/reference/cookies.md
     */
    name?: string;
    /**
     * `none` is only for pages of another site and needs `secure`.
     * @default 'lax'
     */
    sameSite?: 'lax' | 'strict' | 'none';
    /**
     * `false` is for http in development: the names have no prefix. Refused with `NODE_ENV=production`.
     * @default true
     */
    secure?: boolean;
    /** Host name. Shares the cookies with all its subdomains. Needs a `name` with `__Secure-`. */
    domain?: string;
    /**
     * Any other path needs a `name` with `__Secure-`.
     * @default '/'
     */
    path?: string;
    /**
     * Path of the refresh cookie as the browser sees it, for proxies that rewrite paths.
     * @default where Nest mounts the routes
     * @see docs/cookies-and-proxies.md
     */
    refreshPath?: string;
    /**
     * Attribute `Partitioned` (CHIPS) of all cookies, for an application in a frame of another site with `sameSite:
     * 'none'`. Needs `secure`.
     * @default false
     */
    partitioned?: boolean;
  };
  /** Logout by cookie. */
  logout?: {
    /**
     * Data that the browser deletes at a logout by cookie (`Clear-Site-Data`, ASVS 14.3.1). The browser deletes all
     * data of the origin, including `localStorage`, IndexedDB and service workers of other applications; `cookies` also
     * on subdomains.
     * @default []
     */
    clearSiteData?: readonly ('cache' | 'cookies' | 'storage')[];
  };
  /** How requests that a cookie authenticates are checked. */
  csrf?: {
    /**
     * `token` requires the origin and a token. `origin` requires the origin alone, as for plain forms.
     * @default 'token'
     * @see docs/csrf.md
     */
    require?: 'token' | 'origin';
    /**
     * Other origins that may send unsafe requests, such as `https://app.example.com`.
     * @default []
     */
    trustedOrigins?: readonly string[];
    /**
     * Header that carries the token.
     * @default 'x-csrf-token'
     */
    headerName?: string;
  };
}
