/** Mutants of lib/jwt. */
export const JWT = {
  'lib/jwt/validate-claims.ts': [
    {
      title: 'an expired token is valid',
      from: 'exp <= rules.nowSeconds',
      to: 'exp < 0',
      specs: ['validate-claims'],
    },
    {
      title: 'a token is valid in the second in which it expires',
      from: 'exp <= rules',
      to: 'exp < rules',
      specs: ['validate-claims'],
    },
    {
      title: 'a token of another issuer is valid',
      from: 'iss !== rules.issuer',
      to: 'iss === undefined',
      specs: ['validate-claims'],
    },
    {
      title: 'a token for an audience that begins with the own one is valid',
      from: 'aud === audience',
      to: 'String(aud).startsWith(audience)',
      specs: ['validate-claims'],
    },
    {
      title: 'a token from the future is valid',
      from: 'iat > latest',
      to: 'iat < 0',
      specs: ['validate-claims'],
    },
    {
      title: 'a token is valid before its claim nbf',
      from: 'nbf > latest',
      to: 'nbf < 0',
      specs: ['validate-claims'],
    },
    {
      title: 'a refresh token is accepted in place of an access token',
      from: 'rules.purpose !== rules.wanted',
      to: 'rules.purpose === undefined',
      specs: ['validate-claims'],
    },
    {
      title: 'a token may expire after the end of time',
      from: ' && value <= MAX_DATE_SECONDS',
      to: '',
      specs: ['validate-claims'],
    },
    {
      title: 'a clock may be five minutes ahead',
      from: 'LEEWAY_SECONDS = 5',
      to: 'LEEWAY_SECONDS = 300',
      specs: ['validate-claims'],
    },
  ],
  'lib/jwt/compact-jwt.ts': [
    {
      title: 'a token of megabytes is decoded',
      from: ' || token.length > MAX_TOKEN_LENGTH',
      to: '',
      specs: ['compact-jwt'],
    },
    {
      title: 'the same token has several spellings',
      from: 'allowed.includes(token.charAt(end - 1))',
      to: 'end > start',
      specs: ['compact-jwt'],
    },
    {
      title: 'a payload that is not UTF-8 is accepted',
      from: "isUtf8(Buffer.from(payload, 'base64url'))",
      to: 'payload.length > 0',
      specs: ['a5-jwt-form'],
    },
    {
      title: 'a header with a parameter that the package ignores is accepted',
      from: 'names.length !== HEADER_NAMES.length || names.some((name, i) => name !== HEADER_NAMES[i])',
      to: 'HEADER_NAMES.some((name) => !names.includes(name))',
      specs: ['compact-jwt'],
    },
    {
      title: 'a header that names two keys is accepted',
      from: 'again === encoded',
      to: 'again',
      specs: ['compact-jwt'],
    },
  ],
  'lib/jwt/key-ring.ts': [
    {
      title: 'access and refresh tokens share a key',
      from: 'return [purpose, algorithm',
      to: 'return [algorithm',
      specs: ['key-ring'],
    },
    {
      title: 'applications with different key prefixes share their keys',
      from: 'audience, keyPrefix];',
      to: 'audience];',
      specs: ['key-ring'],
    },
    {
      title: 'applications whose long names differ only at the end share their keys',
      from: "hash('sha256', encoded)",
      to: 'encoded.slice(0, MAX_INFO_BYTES)',
      specs: ['key-ring'],
    },
    {
      title: 'a change of the issuer ends all cookie sessions',
      from: "['record', scope.keyPrefix]",
      to: "infoOf('record', scope)",
      specs: ['key-ring'],
    },
    {
      title: 'a key pair that is added inactive changes the refresh key',
      from: 'return active && privateKey !== undefined',
      to: 'return privateKey !== undefined',
      specs: ['key-ring'],
    },
  ],
  'lib/jwt/token-codec.ts': [
    {
      title: 'a cached access token never expires',
      from: 'known.claims.exp <= Math.floor(nowMs / 1000)',
      to: 'known.claims.exp < 0',
      specs: ['cached-tokens'],
    },
    {
      title: 'a token is issued that no request may carry',
      from: 'if (token.length > MAX_TOKEN_LENGTH)',
      to: 'if (!token)',
      specs: ['token-codec'],
    },
    {
      title: 'a logout with an expired access token does nothing',
      from: "validation === 'valid' || validation === 'expired'",
      to: "validation === 'valid'",
      specs: ['token-codec'],
    },
    {
      title: 'the claims of one request change those of the next',
      from: 'deepFreeze(signed.payload as AccessClaims & SessionClaims)',
      to: 'signed.payload as AccessClaims & SessionClaims',
      specs: ['cached-tokens'],
    },
  ],
  'lib/jwt/token-cache.ts': [
    {
      title: 'a forged token with the end of a verified one is valid',
      from: 'entry?.token === token',
      to: 'entry',
      specs: ['token-cache'],
    },
  ],
  'lib/jwt/token-claims.ts': [
    {
      title: 'an application may set the claim sub',
      from: "'sub sid lin",
      to: "'sid lin",
      specs: ['token-claims'],
    },
    {
      title: 'claims may have any size',
      from: 'Buffer.byteLength(json) > MAX_CLAIMS_BYTES',
      to: '!json',
      specs: ['token-claims'],
    },
  ],
  'lib/jwt/jwks.ts': [
    {
      title: 'the JWKS lists keys derived from the secret',
      from: "verifyWith.type === 'public'",
      to: 'verifyWith.type',
      specs: ['jwks'],
    },
  ],
  'lib/jwt/token-signatures.ts': [
    {
      title: 'a token of another type that the key signed is accepted',
      from: 'header.typ !== typ &&',
      to: '!header.typ &&',
      specs: ['token-codec'],
    },
  ],
};
