import { describe, expect, it } from '@jest/globals';
import {
  accessInput,
  base64url,
  codecWith,
  reasonOf,
  NOW,
  NOW_MS,
  partsOf,
  refreshInput,
  signedAnyhow,
  valid,
} from '../fixtures.js';

describe('TokenCodec and its cache of verified tokens', () => {
  const { codec, keys } = codecWith();
  const token = codec.signAccess(accessInput({ app: { role: 'admin', nested: { list: [{}] } } }));

  it('checks the expiry of a cached token at each use', () => {
    const first = codec.verifyAccess(token, NOW_MS);
    const endMs = (NOW + 3600) * 1000;
    expect(codec.verifyAccess(token, endMs - 1)).toBe(first);
    expect(reasonOf(codec.verifyAccess(token, endMs))).toBe('expired');
    expect(codec.verifyAccess(token, NOW_MS)).toBe(first);
  });

  it('returns the session of a cached token without verifying it again, expired or not', () => {
    const { claims } = valid(codec.verifyAccess(token, NOW_MS));
    expect(codec.originOf(token, NOW_MS)).toBe(claims);
    expect(codec.originOf(token, NOW_MS + 1e10)).toBe(claims);
  });

  it('caches no token with size 0', () => {
    const bare = codecWith({ tokens: { verifiedCacheSize: 0 } }).codec;
    expect(bare.verifyAccess(token, NOW_MS)).not.toBe(bare.verifyAccess(token, NOW_MS));
    expect(bare.verifyAccess(token, NOW_MS)).toEqual(bare.verifyAccess(token, NOW_MS));
  });

  it('refuses a token that has the end of a cached one and differs elsewhere', () => {
    codec.verifyAccess(token, NOW_MS);
    const [head = '', body = '', signature = ''] = token.split('.');
    const root = base64url(JSON.stringify({ ...(partsOf(token).payload as object), sub: 'root' }));
    const firstLetter = signature.startsWith('A') ? 'B' : 'A';
    const forgeries = [
      `${head}.${root}.${signature}`,
      `${head}.${body}.${firstLetter}${signature.slice(1)}`,
      `${base64url('{"alg":"none"}')}.${body}.${signature}`,
      signature.slice(-32),
      ` ${token}`,
    ];
    for (const forgery of forgeries) {
      expect(forgery.slice(-32)).toBe(token.slice(-32));
      expect(reasonOf(codec.verifyAccess(forgery, NOW_MS))).toBe('invalid');
      expect(codec.originOf(forgery, NOW_MS)).toBeUndefined();
    }
    expect(valid(codec.verifyAccess(token, NOW_MS)).user.id).toBe('user-1');
  });

  it('does not cache refused tokens', () => {
    const refresh = codec.signRefresh(refreshInput());
    const late = signedAnyhow(
      keys.signingKey('access'),
      JSON.stringify(partsOf(token).header),
      JSON.stringify({ ...(partsOf(token).payload as object), exp: NOW }),
    );
    for (let use = 0; use < 2; use++) {
      expect(reasonOf(codec.verifyAccess(refresh, NOW_MS))).toBe('wrong-type');
      expect(reasonOf(codec.verifyAccess(late, NOW_MS))).toBe('expired');
    }
  });

  it('deeply freezes the claims that requests share', () => {
    const unfrozen: unknown[] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) unfrozen.push(value);
      Object.values(value).forEach(visit);
    };
    const fresh = valid(codecWith().codec.verifyAccess(token, NOW_MS));
    for (const verified of [fresh, valid(codec.verifyAccess(token, NOW_MS))]) {
      visit(verified);
      expect(verified.claims).toHaveProperty('nested.list', [{}]);
    }
    expect(unfrozen).toEqual([]);
  });
});
