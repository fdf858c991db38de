import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  type KeyPurpose,
  KeyRing,
  type KeyScope,
  type TokenKey,
} from '../../../lib/jwt/key-ring.js';
import type { SigningKey } from '../../../lib/options/signing-keys.js';

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

/** A key pair, and the same one as it is configured before it signs. */
function pairOf(kid: string): { active: SigningKey; inactive: SigningKey } {
  const pair = {
    kid,
    algorithm: 'ES256',
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  } as const;
  return { active: { ...pair, active: true }, inactive: { ...pair, active: false } };
}

/** A name of 508 bytes. */
const LONG_NAME = '\u{1F511}'.repeat(127);

function recordMac(secret: Buffer, scope: Partial<KeyScope> = {}): string | undefined {
  return new KeyRing([secret], { ...SCOPE, ...scope }).records[0]?.mac('handle').toString('hex');
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

  it('has other keys for names that differ only after 1024 bytes', () => {
    const rings = ['a', 'b'].flatMap((end) =>
      keysOf(SECRET, { issuer: LONG_NAME, audience: LONG_NAME, keyPrefix: `sk:${end}` }),
    );
    expect(new Set(rings.map(material)).size).toBe(rings.length);
  });

  it('binds records by the secret and the key prefix alone', () => {
    const mac = recordMac(SECRET);
    expect(recordMac(SECRET, { issuer: 'other', audience: 'other', algorithm: 'HS512' })).toBe(mac);
    expect(recordMac(SECRET, { keyPrefix: 'other:' })).not.toBe(mac);
    expect(recordMac(PREVIOUS)).not.toBe(mac);
  });

  it('signs access and refresh tokens with the active key pair, wherever it is in the list', () => {
    const [current, next] = [pairOf('current'), pairOf('next')];
    const alone = new KeyRing([], SCOPE, [current.active]);
    const ring = new KeyRing([], SCOPE, [next.inactive, current.active]);
    expect(PURPOSES.map((purpose) => ring.signingKey(purpose).kid)).toEqual(
      PURPOSES.map((purpose) => alone.signingKey(purpose).kid),
    );
    expect(ring.find('next')?.signWith).toBeUndefined();
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
