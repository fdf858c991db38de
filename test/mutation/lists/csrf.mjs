/** Mutants of lib/csrf. */
export const CSRF = {
  'lib/csrf/csrf-decision.ts': [
    {
      title: 'a page of a sibling host may send unsafe requests',
      from: "facts.secFetchSite !== 'same-origin' &&",
      to: "!facts.secFetchSite?.startsWith('same-') &&",
      specs: ['csrf-decision'],
    },
    {
      title: 'a page of another site passes with a copied Origin',
      from: "if (facts.secFetchSite !== undefined) return 'cross-site';",
      to: '',
      specs: ['csrf-decision'],
    },
    {
      title: 'a page of any origin may send unsafe requests',
      from: 'origin === facts.ownOrigin() ?',
      to: 'facts.ownOrigin() ?',
      specs: ['csrf-decision'],
    },
    {
      title: 'a request without a token passes',
      from: 'return facts.hasToken',
      to: 'return policy.require',
      specs: ['csrf-decision'],
    },
    {
      title: 'a request without any sign of its origin passes where no token is required',
      from: "'no-origin' : undefined",
      to: 'undefined : undefined',
      specs: ['csrf-decision'],
    },
    {
      title: 'a forged DELETE passes',
      from: "'HEAD', 'OPTIONS'",
      to: "'HEAD', 'OPTIONS', 'DELETE'",
      specs: ['csrf-decision'],
    },
  ],
  'lib/csrf/csrf-token.ts': [
    {
      title: 'a token of another browser is accepted',
      from: 'timingSafeEqual(mac, key.mac(binding))',
      to: 'timingSafeEqual(mac, mac)',
      specs: ['csrf-token'],
    },
    {
      title: 'a rotation of the secret makes the tokens of open pages invalid',
      from: 'keys.some(',
      to: 'keys.slice(0, 1).some(',
      specs: ['a7-csrf-options'],
    },
    {
      title: 'compression of a page reveals its token',
      from: 'randomBytes(MAC_BYTES)',
      to: 'Buffer.alloc(MAC_BYTES)',
      specs: ['csrf-token'],
    },
  ],
  'lib/csrf/csrf.guard.ts': [
    {
      title: 'another site may send requests that only have a cookie',
      from: 'this.requests.of(http).credentials.anyCookie ||',
      to: '',
      specs: ['a7-csrf'],
    },
    {
      title: 'a forged request without credentials reaches the next guard by its Origin',
      from: "http.header('origin') !== undefined ||",
      to: '',
      specs: ['a7-csrf'],
    },
    {
      title: 'a forged request without credentials reaches the next guard by its Sec-Fetch-Site',
      from: "http.header('sec-fetch-site') !== undefined",
      to: 'false',
      specs: ['a7-csrf'],
    },
    {
      title: 'a token from before login is accepted with a session',
      from: 'this.csrf.verifySession(http, identity)',
      to: 'this.csrf.verify(http)',
      specs: ['a7-csrf-binding'],
    },
    {
      title: 'another site may log a user in to an account of an attacker',
      from: 'if (isPublic(this.reflector, context)) {',
      to: 'if (isPublic(this.reflector, context)) return true;\nif (!this.csrf) {',
      specs: ['a7-csrf'],
    },
  ],
  'lib/csrf/csrf.service.ts': [
    {
      title: 'a token that was verified once is valid for every session',
      from: 'known !== undefined && bindings.includes(known)',
      to: 'known !== undefined',
      specs: ['a7-csrf'],
    },
    {
      title: 'a cookie that the package did not set binds CSRF tokens',
      from: 'CSRF_COOKIE.test(csrfCookie)',
      to: 'csrfCookie',
      specs: ['a7-csrf-binding'],
    },
  ],
};
