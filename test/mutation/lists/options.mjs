/** Mutants of lib/options. */
export const OPTIONS = {
  'lib/options/secret/secret-strength.ts': [
    {
      title: 'a secret of few characters starts the application',
      from: '.size < MIN_DISTINCT_BYTES',
      to: '.size < 1',
      specs: ['secret-strength'],
    },
    {
      title: 'a secret that repeats itself starts the application',
      from: 'if (repeatsItself(secret))',
      to: 'if (!secret)',
      specs: ['secret-strength'],
    },
    {
      title: 'a typed sentence as a secret starts the application',
      from: 'MIN_GAIN_BITS = 16',
      to: 'MIN_GAIN_BITS = 1000',
      specs: ['secret-strength'],
    },
  ],
  'lib/options/secret/secret.ts': [
    {
      title: 'a secret of 128 bits starts the application',
      from: 'MIN_BYTES = 32',
      to: 'MIN_BYTES = 16',
      specs: ['options/secret'],
    },
    {
      title: 'a rotation to the same secret starts the application',
      from: 'same !== undefined',
      to: 'same === -1',
      specs: ['options/secret'],
    },
  ],
  'lib/options/cookie-options.ts': [
    {
      title: 'cookies are sent unencrypted in production',
      from: 'written.secure === false && production',
      to: 'written.secure === null',
      specs: ['cookie-options'],
    },
    {
      title: 'an application starts with a cookie that browsers ignore',
      from: 'if (name.startsWith(HOST_PREFIX))',
      to: 'if (!name)',
      specs: ['cookie-options'],
    },
    {
      title: 'browsers ignore the refresh cookie',
      from: "${secure ? SECURE_PREFIX : ''}",
      to: '${prefix}',
      specs: ['cookie-options'],
    },
  ],
  'lib/options/option-rules.ts': [
    {
      title: 'a trusted origin with a wildcard starts the application',
      from: String.raw`\\@*\s`,
      to: String.raw`\\@\s`,
      specs: ['cookie-options'],
    },
    {
      title: 'a stolen refresh token stays useful for an hour',
      from: "wholeNumber('seconds', 0, 300)",
      to: "wholeNumber('seconds', 0, 3600)",
      specs: ['option-rules'],
    },
    {
      title: 'a key prefix separates the keys of a user in a Cluster',
      from: String.raw`/^[^{}\s]{1,64}$/`,
      to: String.raw`/^[^\s]{1,64}$/`,
      specs: ['option-rules'],
    },
  ],
  'lib/options/validation/rule-group.ts': [
    {
      title: 'a misspelt option is ignored',
      from: '!group.names.includes(name)',
      to: '!name',
      specs: ['option-rules'],
    },
  ],
  'lib/options/options-resolver.ts': [
    {
      title: 'a store without a revocation log is used as if it had one',
      from: "if (written.revocation?.check === 'feed') {",
      to: "if (written.revocation?.check === 'feed' && !options) {",
      specs: ['option-defaults'],
    },
    {
      title: 'sessions are lost with each restart in production',
      from: 'production && !written.redis',
      to: 'written.redis === null',
      specs: ['option-conflicts'],
    },
    {
      title: 'a refresh token may outlive its session',
      from: 'tokens.refreshTtlMs > session.absoluteTimeoutMs',
      to: 'false',
      specs: ['option-conflicts'],
    },
  ],
  'lib/options/signing-keys.ts': [
    {
      title: 'an RSA key of 1024 bits signs tokens',
      from: 'MIN_RSA_BITS = 2048',
      to: 'MIN_RSA_BITS = 1024',
      specs: ['signing-keys'],
    },
    {
      title: 'two keys have one name',
      from: '.size < keys.length',
      to: '.size > keys.length',
      specs: ['signing-keys'],
    },
    {
      title: 'the JWKS publishes a private key',
      from: "if (key.type === 'private') return createPublicKey(key);",
      to: "if (key.type === 'private') return key;",
      specs: ['signing-keys'],
    },
  ],
};
