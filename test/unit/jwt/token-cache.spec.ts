import { describe, expect, it } from '@jest/globals';
import { TokenCache } from '../../../lib/jwt/token-cache.js';

const END = 'the-last-32-letters-of-the-token';
const claims = (name: string): { name: string } => ({ name });
const token = (i: number): string => `head.${i}.${String(i).padStart(32, '0')}`;

describe('TokenCache', () => {
  it('returns the value that was set for the whole token', () => {
    const cache = new TokenCache<{ name: string }>(10);
    const own = claims('one');
    cache.set(`head.one.${END}`, own);
    expect(cache.get(`head.one.${END}`)).toBe(own);
  });

  it('does not find a token that has only the last 32 characters in common', () => {
    expect(END).toHaveLength(32);
    const cache = new TokenCache<{ name: string }>(10);
    cache.set(`head.one.${END}`, claims('one'));
    for (const other of [`head.two.${END}`, END, ` head.one.${END}`, `head.one.x${END}`]) {
      expect(cache.get(other)).toBeUndefined();
    }
  });

  it('never returns the claims of another token with the same end', () => {
    const cache = new TokenCache<{ name: string }>(10);
    cache.set(`head.one.${END}`, claims('one'));
    cache.set(`head.two.${END}`, claims('two'));
    expect(cache.get(`head.one.${END}`)).toBeUndefined();
    expect(cache.get(`head.two.${END}`)).toEqual(claims('two'));
  });

  it('keeps at most its size, the most recently used ones', () => {
    const cache = new TokenCache<{ name: string }>(100);
    for (let i = 0; i < 100; i++) cache.set(token(i), claims(`${i}`));
    cache.get(token(0));
    for (let i = 100; i < 150; i++) cache.set(token(i), claims(`${i}`));
    const kept = Array.from({ length: 150 }, (_, i) => i).filter((i) => cache.get(token(i)));
    expect(kept).toEqual([0, ...Array.from({ length: 99 }, (_, i) => i + 51)]);
  });

  it('caches no token with size 0', () => {
    const cache = new TokenCache<{ name: string }>(0);
    cache.set(`head.one.${END}`, claims('one'));
    expect(cache.get(`head.one.${END}`)).toBeUndefined();
  });
});
