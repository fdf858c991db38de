/** Mutants of lib/http and lib/passport. */
export const HTTP = {
  'lib/http/read-credentials.ts': [
    {
      title: 'the first of two cookies of one name is used',
      from: "values.length === 1 && values[0] !== ''",
      to: "values[0] !== ''",
      specs: ['read-credentials'],
    },
    {
      title: 'a request with two credentials of one kind is not ambiguous',
      from: 'values.length > 1',
      to: 'values.length > 2',
      specs: ['read-credentials'],
    },
    {
      title: 'the first of two Authorization headers is used',
      from: "severalHeaders ? '' : ",
      to: '',
      specs: ['read-credentials'],
    },
    {
      title: 'a password of Basic authentication is taken for a token',
      from: "scheme.toLowerCase() !== 'bearer'",
      to: "scheme === ''",
      specs: ['parse-bearer-token'],
    },
  ],
  'lib/http/cookies/parse-cookies.ts': [
    {
      title: 'a subdomain sets a cookie with the prefix __Host-',
      from: 'names.indexOf(withoutOuterSpace(header, start, equals))',
      to: 'names.indexOf(header.slice(start, equals).trim())',
      specs: ['parse-cookies'],
    },
    {
      title: 'a cookie of any length is read',
      from: '|| end - start > MAX_COOKIE_LENGTH + 1',
      to: '',
      specs: ['parse-cookies'],
    },
    {
      title: 'the last of two cookies of one name is used',
      from: 'if (values) values.push(value);',
      to: 'if (values) values[0] = value;',
      specs: ['parse-cookies'],
    },
  ],
  'lib/http/cookies/session-cookies.ts': [
    {
      title: 'scripts of a page read the session cookie',
      from: 'httpOnly: true',
      to: 'httpOnly: false',
      specs: ['session-cookies'],
    },
    {
      title: 'a logout leaves the refresh cookie in the browser',
      from: "kind === 'access' || kind === 'refresh' ?",
      to: "kind === 'access' ?",
      specs: ['session-cookies'],
    },
    {
      title: 'a browser clears the cookie that a login sets',
      from: '[...cleared, ...lines]',
      to: '[...lines, ...cleared]',
      specs: ['session-cookies'],
    },
  ],
  'lib/http/adapter/adapter-request.ts': [
    {
      title: 'a header that was sent twice is used',
      from: 'count > 1',
      to: 'count > 2',
      specs: ['adapter-request'],
    },
    {
      title: 'a client on a unix socket chooses its own address',
      from: 'if (!trustsProxy) return undefined;',
      to: '',
      specs: ['a8-rate-limit-address'],
    },
    {
      title: 'the adapter reads a list of X-Forwarded-Proto',
      from: "['x-forwarded-proto', 'x-forwarded-host']",
      to: "['x-forwarded-host']",
      specs: ['cookie-settings'],
    },
    {
      title: 'the adapter reads a list of X-Forwarded-Host',
      from: "['x-forwarded-proto', 'x-forwarded-host']",
      to: "['x-forwarded-proto']",
      specs: ['cookie-settings'],
    },
  ],
  'lib/http/adapter/empty-body.ts': [
    {
      title: 'Fastify refuses an empty body by its content type',
      from: 'payload.readableLength === 0',
      to: 'payload.readableLength < 0',
      specs: ['empty-bodies'],
    },
    {
      title: 'Fastify ignores the content type of a body',
      from: 'payload.readableLength === 0',
      to: 'payload.readableLength >= 0',
      specs: ['empty-bodies', 'refresh-route'],
    },
  ],
  'lib/http/credential-session-resolver.ts': [
    {
      title: 'a logout ends the session of the first session cookie only',
      from: 'const bySecrets = session\n',
      to: 'const bySecrets = session.slice(0, 1)\n',
      specs: ['repeated-cookies'],
    },
    {
      title: 'a logout ends the session of the first access cookie only',
      from: '[...access, ...refresh].flatMap',
      to: '[...access.slice(0, 1), ...refresh].flatMap',
      specs: ['repeated-cookies'],
    },
    {
      title: 'a logout ends the session of the first refresh cookie only',
      from: '[...access, ...refresh].flatMap',
      to: '[...access, ...refresh.slice(0, 1)].flatMap',
      specs: ['repeated-cookies'],
    },
    {
      title: 'a logout with a token of another application succeeds',
      from: "if (!session) throw new SessionError('TOKEN_INVALID');",
      to: 'if (!session) return [];',
      specs: ['logout-routes'],
    },
    {
      title: 'a planted expired access cookie makes CSRF tokens invalid',
      from: 'access && exp * 1000 > nowMs',
      to: 'access',
      specs: ['a7-csrf-binding'],
    },
  ],
  'lib/http/request-state.ts': [
    {
      title: 'two modules of one application share the user of a request',
      from: 'state.owner === this',
      to: 'state.owner',
      specs: ['two-modules'],
    },
    {
      title: 'a request that renews its session continues with the old one',
      from: '    this.#session = undefined;\n',
      to: '',
      specs: ['sessions/confirm'],
    },
    {
      title: 'a cache keeps the answer to a login',
      from: "this.http.setHeader('Cache-Control', 'no-store');",
      to: '',
      specs: ['guarded-routes'],
    },
  ],
  'lib/passport/jwt.strategy.ts': [
    {
      title: 'JwtStrategy accepts a request with two credentials',
      from: "if (ambiguous) return this.error(new SessionError('TOKEN_INVALID'));",
      to: '',
      specs: ['passport'],
    },
    {
      title: 'passport tries the next strategy after a refused token of this module',
      from: "this.fail = () => this.error(new SessionError('TOKEN_INVALID'));",
      to: '',
      specs: ['passport'],
    },
    {
      title: 'JwtStrategy stops passport at a token of another strategy',
      from: 'bearer !== undefined && this.signatures.verificationKey(bearer)',
      to: 'bearer !== undefined',
      specs: ['passport'],
    },
  ],
};
