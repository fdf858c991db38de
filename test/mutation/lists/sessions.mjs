/** Mutants of lib/sessions. */
export const SESSIONS = {
  'lib/sessions/authenticator.ts': [
    {
      title: 'one of two credentials of one kind is used',
      from: 'if (credentials.ambiguous) return',
      to: 'if (!credentials) return',
      specs: ['a7-csrf-binding'],
    },
    {
      title: 'a cookie authenticates a request whose bearer token is refused',
      from: "first.transport === 'bearer' && !isAuthenticated",
      to: '!first.transport && !isAuthenticated',
      specs: ['a6-cookies'],
    },
    {
      title: 'a request with the sessions of two users is admitted',
      from: 'users.size > 1',
      to: 'users.size > 2',
      specs: ['a6-cookies'],
    },
    {
      title: 'an outage makes requests anonymous',
      from: 'const record = await this.store.read(handleOf(secret));',
      to: 'const record = await this.store.read(handleOf(secret)).catch(() => null);',
      specs: ['a4-half-done'],
    },
    {
      title: 'an expired cookie session authenticates',
      from: '    if (isLive(record, ',
      to: '    if (record || isLive(record, ',
      specs: ['cookies/lifetimes'],
    },
    {
      title: 'a guarded route admits anonymous requests',
      from: 'throw identity.failure;',
      to: 'return identity as never;',
      specs: ['guarded-routes'],
    },
  ],
  'lib/sessions/token.service.ts': [
    {
      title: 'revoked access tokens fill the store',
      from: 'live.length >= MAX_DENIED_TOKENS',
      to: '!live',
      specs: ['token-revocation'],
    },
    {
      title: 'other nodes accept an access token that was revoked',
      from: "await this.log.publish([{ type: 'token', jti }]);",
      to: '',
      specs: ['revocation/memory'],
    },
    {
      title: 'the revocation of one token cancels that of another',
      from: 'denied.exp * 1000 > nowMs',
      to: 'denied.exp < 0',
      specs: ['token-revocation'],
    },
    {
      title: 'a cookie session gets tokens that its browser never receives',
      from: 'requireBearer(record);',
      to: '',
      specs: ['session-transport'],
    },
  ],
  'lib/sessions/claims-provider.ts': [
    {
      title: 'a user whom claimsFor does not find keeps the session',
      from: 'claims === null || claims === undefined',
      to: 'claims === null',
      specs: ['claims-provider'],
    },
    {
      title: 'an old answer of claimsFor replaces newer claims',
      from: 'if (record.claimsVersion !== claimsVersion) return undefined;',
      to: '',
      specs: ['claims-provider'],
    },
    {
      title: 'a user keeps old claims while claimsFor fails',
      from: "throw new SessionError('STORE_UNAVAILABLE');",
      to: 'return record.claims;',
      specs: ['claims-provider'],
    },
  ],
  'lib/sessions/token-issuer.ts': [
    {
      title: 'an access token outlives the absolute timeout of its session',
      from: 'nowMs + idleTimeoutMs, absoluteExpiresAtMs',
      to: 'nowMs + idleTimeoutMs',
      specs: ['e2e/sessions/timeouts'],
    },
  ],
  'lib/sessions/session-creator.ts': [
    {
      title: 'a login fails whose answer was lost',
      from: '.catch(() => this.store.create(record, limit))',
      to: '',
      specs: ['evicted'],
    },
    {
      title: 'nodes accept the tokens of a session that a lost answer evicted',
      from: "await this.log.publish(oldest.map(({ handle }) => ({ type: 'recheck', handle })));",
      to: '',
      specs: ['evicted'],
    },
  ],
  'lib/sessions/activity-tracker.ts': [
    {
      title: 'a disabled user keeps a cookie session',
      from: 'if (claims === null) {',
      to: 'if (!record) {',
      specs: ['sessions/claims'],
    },
    {
      title: 'a rotation of the secret ends sessions in use',
      from: 'this.binding.isCurrent(record)',
      to: 'record',
      specs: ['a1-record-binding'],
    },
  ],
  'lib/sessions/token-refresher.ts': [
    {
      title: 'a refresh by cookie loses the tokens of a bearer session',
      from: "inCookie && record && record.transport !== 'bearer-cookie'",
      to: 'inCookie === null',
      specs: ['session-transport'],
    },
    {
      title: 'a stolen refresh token does not end the session',
      from: 'await this.revoker.revokeAndReport({ handle, userId, lineage }, tell);',
      to: 'tell();',
      specs: ['a4-refresh'],
    },
  ],
  'lib/sessions/request-sessions.ts': [
    {
      title: 'a login leaves the previous session of the browser live',
      from: "if (how.transport !== 'bearer') {",
      to: 'if (!how) {',
      specs: ['cookie-session'],
    },
    {
      title: 'a new proof of identity is not recorded',
      from: '{ ...current, authenticatedAtMs: nowMs }',
      to: 'current',
      specs: ['sessions/confirm'],
    },
    {
      title: 'a logout leaves the cookies in the browser',
      from: 'state.clearCookies();',
      to: '',
      specs: ['cookie-session'],
    },
    {
      title: 'a script reads the tokens of a browser from the body of a login',
      from: "issued.transport === 'bearer' ? { session, tokens",
      to: "'tokens' in issued ? { session, tokens",
      specs: ['bearer-cookie'],
    },
  ],
  'lib/sessions/session-administration.ts': [
    {
      title: 'an application receives an expired session',
      from: 'return record && isLive(record, nowMs) ? record : null;',
      to: 'return record;',
      specs: ['e2e/sessions/timeouts'],
    },
  ],
};
