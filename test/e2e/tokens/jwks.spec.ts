import { constants, createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type JsonWebKeySet, type SigningKeyOptions, TokenService } from 'nestjs-session-kit';
import { claimsOf, encoded, headerOf } from '../../support/forge.js';
import { useAttackTarget } from '../../support/apps/use-attack-target.js';
import { logIn } from '../../support/apps/attack-target.controller.js';
import { send } from '../../support/http-client.js';
import { ADAPTERS, startApp } from '../../support/test-app.js';
import { ALGORITHMS, ecPair, publicPem, signingKey } from '../../support/key-pairs.js';

const JWKS = '/.well-known/jwks.json';

const MEMBERS = {
  RS256: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
  PS256: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
  ES256: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
  ES384: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
};

/** RFC 7638 section 3: SHA-256 over the required members, in order, without white space. */
function thumbprint({ kty, n, e, crv, x, y }: JsonWebKey): string {
  const text =
    kty === 'RSA'
      ? `{"e":"${e}","kty":"RSA","n":"${n}"}`
      : `{"crv":"${crv}","kty":"EC","x":"${x}","y":"${y}"}`;
  return createHash('sha256').update(text).digest('base64url');
}

describe.each(ADAPTERS)('the JWKS on %s', (adapter) => {
  const keys: SigningKeyOptions[] = ALGORITHMS.map(([algorithm]) => signingKey(algorithm));
  keys.push({ ...signingKey('ES256'), active: false, kid: 'next' });
  keys.push({ algorithm: 'ES384', publicKey: publicPem(ecPair('P-384')), kid: 'elsewhere' });
  const target = useAttackTarget(adapter, { tokens: { keys } });
  let set: JsonWebKeySet;
  let headers: Headers;

  beforeAll(async () => {
    ({ body: set, headers } = await send<JsonWebKeySet>(`${target.url}${JWKS}`));
  });

  it('contains every key, including those that only verify or do not sign yet', () => {
    expect(set.keys.map(({ alg }) => alg)).toEqual([
      'RS256',
      'PS256',
      'ES256',
      'ES384',
      'ES256',
      'ES384',
    ]);
    expect(set.keys.slice(4).map(({ kid }) => kid)).toEqual(['next', 'elsewhere']);
    expect(Object.keys(set)).toEqual(['keys']);
    expect(target.get(TokenService).publicKeys()).toEqual(set);
  });

  it('13.3.1 contains only the public members', () => {
    for (const key of set.keys) {
      expect(Object.keys(key).toSorted()).toEqual(MEMBERS[key.alg as keyof typeof MEMBERS]);
      expect(key.use).toBe('sig');
    }
  });

  it('identifies a key without a kid by its thumbprint', () => {
    for (const key of set.keys.slice(0, 4)) {
      const { kty, n, e, crv, x, y } = key;
      expect(key.kid).toBe(thumbprint({ kty, n, e, crv, x, y } as JsonWebKey));
    }
  });

  it('is public JSON with a cache lifetime of five minutes', () => {
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('set-cookie')).toBeNull();
  });
});

describe('another service', () => {
  /** The algorithms of RFC 7518 section 3.1 in node:crypto, so that no code of the package takes part. */
  const VERIFY_OPTIONS = {
    RS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PADDING },
    PS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    ES256: { hash: 'sha256', dsaEncoding: 'ieee-p1363' },
    ES384: { hash: 'sha384', dsaEncoding: 'ieee-p1363' },
  } as const;

  /** Returns the claims of a token verified by the JWKS alone; undefined if no key or signature matches. */
  async function read(url: string, token: string): Promise<object | undefined> {
    const { kid } = headerOf(token);
    const { body } = await send<JsonWebKeySet>(`${url}${JWKS}`);
    const jwk = body.keys.find((key) => key.kid === kid);
    if (!jwk) return undefined;
    const publicKey = createPublicKey({ key: { ...jwk } as JsonWebKey, format: 'jwk' });
    const { hash, ...options } = VERIFY_OPTIONS[jwk.alg as keyof typeof VERIFY_OPTIONS];
    const [head, claims, signature = ''] = token.split('.');
    const input = Buffer.from(`${head}.${claims}`);
    const isValid = verify(
      hash,
      input,
      { key: publicKey, ...options },
      Buffer.from(signature, 'base64url'),
    );
    return isValid ? claimsOf(token) : undefined;
  }

  describe.each(ALGORITHMS)('with %s', (algorithm) => {
    const target = useAttackTarget('express', { tokens: { keys: [signingKey(algorithm)] } });

    it('verifies an access token by the JWKS alone', async () => {
      const { accessToken } = await logIn(target.url, 'u1', { role: 'editor' });
      expect(await read(target.url, accessToken)).toMatchObject({
        sub: 'u1',
        role: 'editor',
        type: 'access',
      });
      const [head, , signature] = accessToken.split('.');
      const claims = encoded({ ...claimsOf(accessToken), sub: 'u2' });
      expect(await read(target.url, `${head}.${claims}.${signature}`)).toBeUndefined();
    });

    it('does not accept a refresh token as an access token', async () => {
      const { refreshToken } = await logIn(target.url, 'u1');
      expect(await read(target.url, refreshToken)).toBeUndefined();
    });
  });
});

describe.each(ADAPTERS)('without key pairs on %s', (adapter) => {
  it('the JWKS route answers 404 and publishes nothing derived from the secret', async () => {
    const app = await startApp({ adapter });
    const { status, body } = await send(`${app.url}${JWKS}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ statusCode: 404 });
    expect(app.get(TokenService).publicKeys()).toEqual({ keys: [] });
    await app.close();
  });

  it('the JWKS route is public despite globalGuards, and missing without routes', async () => {
    const tokens = { keys: [signingKey('ES256')] };
    const guarded = await startApp({ adapter, options: { tokens, globalGuards: true } });
    expect((await send(`${guarded.url}${JWKS}`)).status).toBe(200);
    await guarded.close();
    const bare = await startApp({ adapter, options: { tokens, routes: undefined } as never });
    expect((await send(`${bare.url}${JWKS}`)).status).toBe(404);
    await bare.close();
  });
});
