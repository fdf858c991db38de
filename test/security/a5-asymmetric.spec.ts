import { constants, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TokenService } from 'nestjs-session-kit';
import { signingKey } from '../support/key-pairs.js';
import { ADAPTERS } from '../support/test-app.js';
import { claimsOf, encoded, headerOf, type Json, sealed } from '../support/forge.js';
import { useAttackTarget } from '../support/apps/use-attack-target.js';
import {
  INVALID_TOKEN,
  request,
  logIn,
  allowed,
  refresh,
  denied,
  TOKEN_EXPIRED,
} from '../support/apps/attack-target.controller.js';

const RSA = { ...signingKey('RS256'), kid: 'rsa' };
const EC = { ...signingKey('ES256'), kid: 'ec' };
const KEYS = { RS256: RSA, ES256: EC } as const;

/** Order n of the group of P-256 (FIPS 186-4 D.1.2.3). */
const N = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

type Misuse = [alg: string, hash: string, padding: number];

const { RSA_PKCS1_PADDING: PKCS1, RSA_PKCS1_PSS_PADDING: PSS } = constants;

/** The other algorithms that one key supports or is tried with. */
const OTHER_ALGORITHMS: Record<'RS256' | 'ES256', Misuse[]> = {
  RS256: [
    ['PS256', 'sha256', PSS],
    ['RS384', 'sha384', PKCS1],
    ['RS512', 'sha512', PKCS1],
    ['ES256', 'sha256', PKCS1],
    ['none', 'sha256', PKCS1],
    ['rs256', 'sha256', PKCS1],
  ],
  ES256: [
    ['ES384', 'sha384', PKCS1],
    ['ES512', 'sha512', PKCS1],
    ['ES256K', 'sha256', PKCS1],
    ['PS256', 'sha256', PKCS1],
    ['RS256', 'sha256', PKCS1],
    ['none', 'sha256', PKCS1],
  ],
};

/** The forms of the public key from the JWKS that a verifier might use as the bytes of a secret. */
function publicForms(key: KeyObject): [string, string | Buffer][] {
  const publicKey = createPublicKey(key);
  const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string;
  const jwk = publicKey.export({ format: 'jwk' });
  const forms: [string, string | Buffer][] = [
    ['PEM', pem],
    ['PEM without its last line feed', pem.trimEnd()],
    ['PEM in one line', pem.replaceAll('\n', '')],
    ['DER (SPKI)', publicKey.export({ format: 'der', type: 'spki' })],
    ['JWK', JSON.stringify(jwk)],
    ['a member of the JWK', Buffer.from(jwk.n ?? jwk.x ?? '', 'base64url')],
    ['nothing', ''],
  ];
  if (publicKey.asymmetricKeyType === 'rsa') {
    forms.push(['PKCS#1', publicKey.export({ format: 'pem', type: 'pkcs1' })]);
  }
  return forms;
}

/** A genuine signature of this key by any algorithm that it supports, over any header. */
function signedBy(key: KeyObject, header: Json, claims: Json, hash = 'sha256', padding = PKCS1) {
  const input = `${encoded(header)}.${encoded(claims)}`;
  const how =
    key.asymmetricKeyType === 'rsa'
      ? // The salt is as long as the hash (RFC 7518 section 3.5).
        { key, padding, ...(padding === PSS && { saltLength: 32 }) }
      : { key, dsaEncoding: 'ieee-p1363' as const };
  return `${input}.${sign(hash, Buffer.from(input), how).toString('base64url')}`;
}

describe.each(ADAPTERS)('attacks on key pairs, on %s', (adapter) => {
  describe.each(['RS256', 'ES256'] as const)('of %s', (algorithm) => {
    const key = KEYS[algorithm];
    const target = useAttackTarget(adapter, { tokens: { keys: [key] } });
    let claims: Json;
    let header: Json;
    let kidOfRefresh: unknown;

    beforeAll(async () => {
      const pair = await logIn(target.url, 'u1');
      claims = claimsOf(pair.accessToken);
      header = headerOf(pair.accessToken);
      kidOfRefresh = headerOf(pair.refreshToken)['kid'];
    });

    beforeEach(() => {
      target.calls.length = 0;
    });

    it.each(publicForms(key.privateKey))(
      '9.1.2 HS256 keyed with the public key as %s is 401',
      async (_form, bytes) => {
        for (const kid of [header['kid'], kidOfRefresh, undefined]) {
          for (const typ of ['at+jwt', 'rt+jwt']) {
            const token = sealed({ alg: 'HS256', typ, kid }, claims, bytes);
            expect(await request(target, token)).toEqual(denied(INVALID_TOKEN));
            expect((await refresh(target.url, token)).answer).toBe(INVALID_TOKEN);
          }
        }
        expect(target.calls).toEqual([]);
      },
    );

    it.each(OTHER_ALGORITHMS[algorithm])(
      '8725bis §3.1 its kid is not found for %s, even with a signature of its key',
      async (alg, hash, padding) => {
        const token = signedBy(key.privateKey, { ...header, alg }, claims, hash, padding);
        expect(await request(target, token)).toEqual(denied(INVALID_TOKEN));
        // The same code makes a valid token with the right algorithm.
        expect(await request(target, signedBy(key.privateKey, header, claims))).toEqual(
          allowed({ id: 'u1' }),
        );
      },
    );

    it('8725bis §3.11 the key of access tokens is not accepted for refresh tokens, and the reverse', async () => {
      const { accessToken, refreshToken } = await logIn(target.url, 'u1');
      const refreshClaims = claimsOf(refreshToken);
      const asRefresh = signedBy(key.privateKey, { ...header, typ: 'rt+jwt' }, refreshClaims);
      expect((await refresh(target.url, asRefresh)).answer).toBe(INVALID_TOKEN);
      const underItsName = signedBy(
        key.privateKey,
        { ...headerOf(refreshToken), kid: header['kid'] },
        refreshClaims,
      );
      expect((await refresh(target.url, underItsName)).answer).toBe(INVALID_TOKEN);
      // A refresh token is genuine, so the answer reports its type; access is denied.
      const { answers, ran } = await request(target, refreshToken);
      expect(answers).toEqual([
        expect.stringMatching(/^401 .*TOKEN_TYPE_INVALID/),
        expect.stringMatching(/^401 .*TOKEN_TYPE_INVALID/),
      ]);
      expect(ran).toEqual([]);
      expect((await refresh(target.url, accessToken)).answer).toMatch(/^401 .*TOKEN_TYPE_INVALID/);
      expect((await refresh(target.url, refreshToken)).answer).toBe('200');
    });

    it('9.1.1 a signature of another key under this kid is 401', async () => {
      const other = signingKey(algorithm).privateKey;
      expect(await request(target, signedBy(other, header, claims))).toEqual(denied(INVALID_TOKEN));
      const jwk = createPublicKey(other).export({ format: 'jwk' });
      const brought = signedBy(other, { ...header, jwk }, claims);
      expect(await request(target, brought)).toEqual(denied(INVALID_TOKEN));
    });
  });

  describe('ES256 keys', () => {
    const target = useAttackTarget(adapter, { tokens: { keys: [EC] } });
    let token: string;

    beforeAll(async () => {
      token = (await logIn(target.url, 'u1')).accessToken;
    });
    beforeEach(() => {
      target.calls.length = 0;
    });

    it.each([
      ['zeros', Buffer.alloc(64)],
      ['r of zero', Buffer.concat([Buffer.alloc(32), Buffer.alloc(32, 1)])],
      ['r and s of the order of the curve', Buffer.concat([order(), order()])],
      ['nothing', Buffer.alloc(0)],
      ['63 bytes', Buffer.alloc(63, 1)],
    ])('8725bis §3.10 a signature of %s is 401 (CVE-2022-21449)', async (_what, seal) => {
      const input = token.slice(0, token.lastIndexOf('.'));
      const forged = `${input}.${seal.toString('base64url')}`;
      expect(await request(target, forged)).toEqual(denied(INVALID_TOKEN));
      expect(target.calls).toEqual([]);
    });

    it('7518 §3.4 a valid signature in DER is 401', async () => {
      const input = token.slice(0, token.lastIndexOf('.'));
      const der = sign('sha256', Buffer.from(input), EC.privateKey);
      expect(await request(target, `${input}.${der.toString('base64url')}`)).toEqual(
        denied(INVALID_TOKEN),
      );
    });

    it('7.4.1 the equivalent signature (r, n - s) of a revoked token is refused too', async () => {
      const { accessToken } = await logIn(target.url, 'u1');
      const twin = mirrored(accessToken);
      expect(twin).not.toBe(accessToken);
      const cut = twin.lastIndexOf('.');
      const publicKey = createPublicKey(EC.privateKey);
      const how = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
      const seal = Buffer.from(twin.slice(cut + 1), 'base64url');
      // It is mathematically valid: the token id is refused, not the signature.
      expect(verify('sha256', Buffer.from(twin.slice(0, cut)), how, seal)).toBe(true);

      await target.get(TokenService).revoke(accessToken);
      expect(await request(target, accessToken)).toEqual(denied(TOKEN_EXPIRED));
      expect(await request(target, twin)).toEqual(denied(TOKEN_EXPIRED));
    });
  });
});

function order(): Buffer {
  return bytesOf(N);
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}

/** The same token with the signature (r, n - s), which ECDSA accepts too. */
function mirrored(token: string): string {
  const cut = token.lastIndexOf('.');
  const seal = Buffer.from(token.slice(cut + 1), 'base64url');
  const s = BigInt(`0x${seal.subarray(32).toString('hex')}`);
  const other = Buffer.concat([seal.subarray(0, 32), bytesOf(N - s)]);
  return `${token.slice(0, cut)}.${other.toString('base64url')}`;
}
