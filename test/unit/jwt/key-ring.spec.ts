import { describe, expect, it } from '@jest/globals';
import {
  type KeyPurpose,
  KeyRing,
  type KeyScope,
  type TokenKey,
} from '../../../lib/jwt/key-ring.js';

const SECRET = Buffer.from('the current secret, more than 32 bytes');
const PREVIOUS = Buffer.from('the previous secret, more than 32 bytes');
const SCOPE: KeyScope = {
  algorithm: 'HS256',
  issuer: 'iss',
  audience: 'aud',
  keyPrefix: 'sk:',
};
const PURPOSES: readonly KeyPurpose[] = ['access', 'refresh'];
/** Derived from SECRET under SCOPE. A changed derivation would log out all users at an upgrade. */
const KNOWN_KIDS = ['2z38YHfj5nmg', 'pSLBvO3I1jQL'];

function keysOf(secret: Buffer, scope: Partial<KeyScope> = {}): TokenKey[] {
  const ring = new KeyRing([secret], { ...SCOPE, ...scope });
  return PURPOSES.map((purpose) => ring.signingKey(purpose));
}

const material = (key: TokenKey): string | undefined => key.signWith?.export().toString('hex');

describe('KeyRing', () => {
  it('derives the same keys from the same secret and scope in every process', () => {
    expect(keysOf(SECRET).map(({ kid }) => kid)).toEqual(KNOWN_KIDS);
    expect(keysOf(SECRET).map(material)).toEqual(keysOf(Buffer.from(SECRET)).map(material));
  });

  it('has another key and kid for each purpose, secret and part of the scope', () => {
    const rings = [
      keysOf(SECRET),
      keysOf(PREVIOUS),
      keysOf(SECRET, { issuer: 'other' }),
      keysOf(SECRET, { audience: 'other' }),
      keysOf(SECRET, { keyPrefix: 'other:' }),
      keysOf(SECRET, { algorithm: 'HS384' }),
      keysOf(SECRET, { algorithm: 'HS512' }),
      // The same characters, split differently.
      keysOf(SECRET, { issuer: 'issa', audience: 'ud' }),
      keysOf(SECRET, { issuer: 'iss","aud', audience: '' }),
    ].flat();
    expect(new Set(rings.map(({ kid }) => kid)).size).toBe(rings.length);
    expect(new Set(rings.map(material)).size).toBe(rings.length);
    const starts = rings.map((key) => material(key)?.slice(0, 32));
    expect(new Set(starts).size).toBe(rings.length);
  });

  it.each([
    ['HS256', 32],
    ['HS384', 48],
    ['HS512', 64],
  ] as const)('derives a key as long as the hash of %s', (algorithm, bytes) => {
    const sizes = keysOf(SECRET, { algorithm }).map((key) => key.signWith?.symmetricKeySize);
    expect(sizes).toEqual([bytes, bytes]);
  });

  it('signs with the first secret and finds the keys of all by kid', () => {
    const ring = new KeyRing([SECRET, PREVIOUS], SCOPE);
    expect(PURPOSES.map((purpose) => ring.signingKey(purpose).kid)).toEqual(
      keysOf(SECRET).map(({ kid }) => kid),
    );
    const known = [...keysOf(SECRET), ...keysOf(PREVIOUS)];
    expect(known.map(({ kid }) => ring.find(kid)?.kid)).toEqual(known.map(({ kid }) => kid));
    expect([...ring.keys()]).toHaveLength(4);
  });

  it.each(['', '__proto__', 'constructor', 'access', 'k'.repeat(10_240)])(
    'finds no key named %.20s',
    (kid) => {
      expect(new KeyRing([SECRET], SCOPE).find(kid)).toBeUndefined();
    },
  );

  it('makes each KeyObject once', () => {
    const ring = new KeyRing([SECRET], SCOPE);
    const key = ring.signingKey('access');
    expect(ring.signingKey('access')).toBe(key);
    expect(ring.find(key.kid)).toBe(key);
    expect(key.verifyWith).toBe(key.signWith);
    expect(key.signWith?.type).toBe('secret');
  });

  it('reveals nothing about a key in its kid', () => {
    for (const key of keysOf(SECRET)) {
      const kid = Buffer.from(key.kid, 'base64url').toString('hex');
      expect(kid).toMatch(/^[0-9a-f]{18}$/);
      expect(material(key)).not.toContain(kid);
    }
  });
});
