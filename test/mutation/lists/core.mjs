/** Mutants of lib/core. */
export const CORE = {
  'lib/core/hmac.ts': [
    {
      title: 'a MAC covers the end of the previous text',
      from: 'this.#filled.length !== length',
      to: 'this.#filled.length < length',
      specs: ['hmac'],
    },
    {
      title: 'a MAC is not an HMAC',
      from: 'OUTER_PAD = 0x5c',
      to: 'OUTER_PAD = 0x36',
      specs: ['hmac'],
    },
  ],
  'lib/core/digest.ts': [
    {
      title: 'the handle of a session has more than 128 bits',
      from: '- 1)}${last}`',
      to: ')}`',
      specs: ['digest'],
    },
  ],
  'lib/core/escape-control-characters.ts': [
    {
      title: 'text of a client changes the direction of a log line',
      from: String.raw`\p{Cf}`,
      to: '',
      specs: ['escape-control-characters'],
    },
    {
      title: 'an error message shows the password of a URL',
      from: "withoutPassword(said ?? 'it threw no Error')",
      to: "said ?? 'it threw no Error'",
      specs: ['escape-control-characters'],
    },
    {
      title: 'an error message shows the end of a password with an @',
      from: '[^]*@',
      to: '[^@]*@',
      specs: ['escape-control-characters'],
    },
    {
      title: 'an error message shows a stored value that was thrown',
      from: 'known ? error : {}',
      to: 'error ?? {}',
      specs: ['escape-control-characters'],
    },
  ],
  'lib/core/origin.ts': [
    {
      title: 'an origin with an explicit port 443 is foreign',
      from: "https: ':443'",
      to: "https: ':444'",
      specs: ['csrf-decision'],
    },
    {
      title: 'an origin in capital letters is foreign',
      from: 'origin.toLowerCase()',
      to: 'origin',
      specs: ['csrf-decision'],
    },
  ],
  'lib/core/json.ts': [
    {
      title: 'a Map in session data is stored as an empty object',
      from: "JSON.stringify(value) !== '{}'",
      to: 'value',
      specs: ['session-data'],
    },
  ],
  'lib/core/clock.ts': [
    {
      title: 'a node whose machine slept considers its revocation cache fresh',
      from: 'Math.max(timers',
      to: 'Math.min(timers',
      specs: ['revocation-cache'],
    },
  ],
  'lib/core/session-error.ts': [
    {
      title: 'an outage logs users out',
      from: 'STORE_UNAVAILABLE: { status: 503',
      to: 'STORE_UNAVAILABLE: { status: 401',
      specs: ['session-error'],
    },
  ],
};
