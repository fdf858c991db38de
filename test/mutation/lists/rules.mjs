/** Mutants of lib/rules. */
export const RULES = {
  'lib/rules/session-record.ts': [
    {
      title: 'an expired session counts as live',
      from: 'nowMs < expiresAtMs(record)',
      to: 'nowMs > 0',
      specs: ['session-record'],
    },
    {
      title: 'a session is live at the moment at which it expires',
      from: 'nowMs < expiresAtMs',
      to: 'nowMs <= expiresAtMs',
      specs: ['session-record'],
    },
    {
      title: 'a session in use outlives its absolute timeout',
      from: 'Math.min(record.lastSeenAtMs',
      to: 'Math.max(record.lastSeenAtMs',
      specs: ['session-record'],
    },
  ],
  'lib/rules/access-decision.ts': [
    {
      title: 'an access token of another user is valid for a session',
      from: 'record.userId !== claims.sub',
      to: 'false',
      specs: ['access-decision'],
    },
    {
      title: 'an access token outlives its session',
      from: '!isLive(record, nowMs)',
      to: 'false',
      specs: ['access-decision'],
    },
    {
      title: 'an access token that was revoked individually is valid',
      from: 'jti === claims.jti',
      to: 'false',
      specs: ['access-decision'],
    },
    {
      title: 'an access token with outdated claims is valid',
      from: 'claims.cver < record.claimsVersion',
      to: 'false',
      specs: ['access-decision'],
    },
    {
      title: 'an access token with the current claims is outdated',
      from: 'claims.cver < record',
      to: 'claims.cver <= record',
      specs: ['access-decision'],
    },
  ],
  'lib/rules/refresh-decision.ts': [
    {
      title: 'a refresh token of another user rotates the session',
      from: 'record.userId !== presented.sub',
      to: 'false',
      specs: ['refresh-decision'],
    },
    {
      title: 'a refresh token revives an expired session',
      from: '!isLive(record, nowMs)',
      to: 'false',
      specs: ['refresh-decision'],
    },
    {
      title: 'a rotation that the store lost in a failover logs the user out',
      from: ' || presented.gen > gen',
      to: '',
      specs: ['refresh-decision'],
    },
    {
      title: 'a refresh token that was replaced long ago rotates the session',
      from: 'presented.gen > gen',
      to: 'presented.gen < gen',
      specs: ['refresh-decision'],
    },
    {
      title: 'the grace of a replaced refresh token never ends',
      from: 'ageMs < graceMs',
      to: 'ageMs >= 0',
      specs: ['refresh-decision'],
    },
    {
      title: 'any older refresh token yields the successor within the grace',
      from: 'justReplaced && ageMs',
      to: 'ageMs',
      specs: ['refresh-decision'],
    },
    {
      title: 'a rotation by a node whose clock is ahead has a negative age',
      from: 'Math.max(0, nowMs - rotatedAtMs)',
      to: 'nowMs - rotatedAtMs',
      specs: ['refresh-decision'],
    },
  ],
  'lib/rules/handle.ts': [
    {
      title: 'a handle has several spellings',
      from: '{21}[AQgw]',
      to: '{22}',
      specs: ['handle'],
    },
    {
      title: 'a session cookie has several spellings',
      from: '{42}[AEIMQUYcgkosw048]',
      to: '{43}',
      specs: ['handle'],
    },
    {
      title: 'users whose ids differ by half of a surrogate pair share their sessions',
      from: '!LONE_SURROGATE.test(userId)',
      to: 'userId',
      specs: ['handle'],
    },
  ],
  'lib/rules/session-data.ts': [
    {
      title: 'session data may replace a prototype',
      from: "['__proto__', 'constructor']",
      to: "['constructor']",
      specs: ['session-data'],
    },
    {
      title: 'the size of session data is counted in characters',
      from: 'Buffer.byteLength(json) > MAX_DATA_BYTES',
      to: 'json.length > MAX_DATA_BYTES',
      specs: ['session-data'],
    },
    {
      title: 'session data may be a list',
      from: "!json?.startsWith('{')",
      to: '!json',
      specs: ['session-data'],
    },
  ],
  'lib/rules/new-session.ts': [
    {
      title: 'a client fills the store with long device fields',
      from: 'value.slice(0, MAX_DEVICE_FIELD_LENGTH)',
      to: 'value',
      specs: ['new-session'],
    },
    {
      title: 'a persistent login expires like any other',
      from: 'if (persistent)',
      to: 'if (!transport)',
      specs: ['new-session'],
    },
    {
      title: 'an idle bearer session expires before its refresh token',
      from: "transport === 'cookie'",
      to: 'transport',
      specs: ['new-session'],
    },
  ],
};
