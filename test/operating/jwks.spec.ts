import { constants, createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type JsonWebKeySet, type SigningKeyOptions, TokenService } from 'nestjs-session-kit';
import { claimsOf, encoded, headerOf } from '../security/forge.js';
import { useVault } from '../security/use-vault.js';
import { logIn } from '../security/vault.controller.js';
import { send } from '../support/http-client.js';
import { ADAPTERS, startApp } from '../support/test-app.js';
import { ALGORITHMS, ecPair, publicPem, signingKey } from './key-pairs.js';

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
  const vault = useVault(adapter, { tokens: { keys } });
  let set: JsonWebKeySet;
  let headers: Headers;

  beforeAll(async () => {
    ({ body: set, headers } = await send<JsonWebKeySet>(`${vault.url}${JWKS}`));
  });

  it('has every key, those that only verify or do not sign yet included', () => {
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
    expect(vault.get(TokenService).publicKeys()).toEqual(set);
  });

  it('13.3.1 has the public members and no other', () => {
    for (const key of set.keys) {
      expect(Object.keys(key).toSorted()).toEqual(MEMBERS[key.alg as keyof typeof MEMBERS]);
      expect(key.use).toBe('sig');
    }
  });

  it('names a key by its thumbprint where it has no kid', () => {
    for (const key of set.keys.slice(0, 4)) {
      const { kty, n, e, crv, x, y } = key;
      expect(key.kid).toBe(thumbprint({ kty, n, e, crv, x, y } as JsonWebKey));
    }
  });

  it('is open to everyone, JSON, and may be cached for five minutes', () => {
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(headers.get('set-cookie')).toBeNull();
  });
});

describe('another service', () => {
  /** The words of RFC 7518 section 3.1 in those of node:crypto, so that no code of the kit takes part. */
  const HOW = {
    RS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PADDING },
    PS256: { hash: 'sha256', padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    ES256: { hash: 'sha256', dsaEncoding: 'ieee-p1363' },
    ES384: { hash: 'sha384', dsaEncoding: 'ieee-p1363' },
  } as const;

  /** Claims of a token, by nothing but the address of the JWKS; undefined where no key or signature fits. */
  async function read(url: string, token: string): Promise<object | undefined> {
    const { kid } = headerOf(token);
    const { body } = await send<JsonWebKeySet>(`${url}${JWKS}`);
    const jwk = body.keys.find((key) => key.kid === kid);
    if (!jwk) return undefined;
    const publicKey = createPublicKey({ key: { ...jwk } as JsonWebKey, format: 'jwk' });
    const { hash, ...how } = HOW[jwk.alg as keyof typeof HOW];
    const [head, claims, seal = ''] = token.split('.');
    const input = Buffer.from(`${head}.${claims}`);
    const isGenuine = verify(
      hash,
      input,
      { key: publicKey, ...how },
      Buffer.from(seal, 'base64url'),
    );
    return isGenuine ? claimsOf(token) : undefined;
  }

  describe.each(ALGORITHMS)('with %s', (algorithm) => {
    const vault = useVault('express', { tokens: { keys: [signingKey(algorithm)] } });

    it('verifies an access token by the JWKS alone', async () => {
      const { accessToken } = await logIn(vault.url, 'u1', { role: 'editor' });
      expect(await read(vault.url, accessToken)).toMatchObject({
        sub: 'u1',
        role: 'editor',
        type: 'access',
      });
      const [head, , seal] = accessToken.split('.');
      const claims = encoded({ ...claimsOf(accessToken), sub: 'u2' });
      expect(await read(vault.url, `${head}.${claims}.${seal}`)).toBeUndefined();
    });

    it('cannot mistake a refresh token for one', async () => {
      const { refreshToken } = await logIn(vault.url, 'u1');
      expect(await read(vault.url, refreshToken)).toBeUndefined();
    });
  });
});

describe.each(ADAPTERS)('without key pairs on %s', (adapter) => {
  it('there is no JWKS: 404, with nothing derived from the secret', async () => {
    const app = await startApp({ adapter });
    const { status, body } = await send(`${app.url}${JWKS}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ statusCode: 404 });
    expect(app.get(TokenService).publicKeys()).toEqual({ keys: [] });
    await app.close();
  });

  it('globalGuards leave it open, and without routes it is not mounted', async () => {
    const tokens = { keys: [signingKey('ES256')] };
    const guarded = await startApp({ adapter, options: { tokens, globalGuards: true } });
    expect((await send(`${guarded.url}${JWKS}`)).status).toBe(200);
    await guarded.close();
    const bare = await startApp({ adapter, options: { tokens, routes: undefined } as never });
    expect((await send(`${bare.url}${JWKS}`)).status).toBe(404);
    await bare.close();
  });
});
