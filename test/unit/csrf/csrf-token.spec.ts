import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { HmacKey } from '../../../lib/core/hmac.js';
import { type CsrfBinding, isCsrfToken, makeCsrfToken } from '../../../lib/csrf/csrf-token.js';

const newKey = () => new HmacKey(randomBytes(32));
const KEY = newKey();
const SESSION: CsrfBinding = 'session:abc.AAAAAAAAAAAAAAAAAAAAAA';
const BROWSER: CsrfBinding = 'browser:AAAAAAAAAAAAAAAAAAAAAA';

describe('a CSRF token', () => {
  it.each([SESSION, BROWSER])('is valid for its binding: %s', (binding) => {
    const token = makeCsrfToken(KEY, binding);
    expect(isCsrfToken(token, [KEY], binding)).toBe(true);
  });

  it('is encoded differently each time and stays valid (BREACH)', () => {
    const tokens = Array.from({ length: 100 }, () => makeCsrfToken(KEY, SESSION));
    expect(new Set(tokens).size).toBe(100);
    // No character stays the same either, or compression could find it.
    for (let at = 0; at < 84; at += 4) {
      expect(new Set(tokens.map((token) => token.slice(at, at + 4))).size).toBeGreaterThan(90);
    }
    expect(tokens.every((token) => isCsrfToken(token, [KEY], SESSION))).toBe(true);
  });

  it.each<[what: string, token: string]>([
    ['another session', makeCsrfToken(KEY, 'session:abc.BBBBBBBBBBBBBBBBBBBBBA')],
    ['a browser before login', makeCsrfToken(KEY, BROWSER)],
    ['a login with the id of the session', makeCsrfToken(KEY, `login:${SESSION.slice(8)}`)],
    ['a browser with the id of the session', makeCsrfToken(KEY, `browser:${SESSION.slice(8)}`)],
    ['another key', makeCsrfToken(newKey(), SESSION)],
    ['no binding', makeCsrfToken(KEY, 'session:')],
  ])('is not valid if it was made for %s', (_what, token) => {
    expect(isCsrfToken(token, [KEY], SESSION)).toBe(false);
  });

  it('is not valid without a key', () => {
    const token = makeCsrfToken(KEY, SESSION);
    expect(isCsrfToken(token, [], SESSION)).toBe(false);
  });

  it('is valid under a previous secret, not under a retired one', () => {
    const [current, previous] = [newKey(), newKey()];
    const token = makeCsrfToken(previous, SESSION);
    expect(isCsrfToken(token, [current, previous], SESSION)).toBe(true);
    expect(isCsrfToken(token, [current], SESSION)).toBe(false);
  });

  it('is not valid with any one character changed', () => {
    const token = makeCsrfToken(KEY, SESSION);
    // The last of 86 characters has 4 unused bits: only its first 2 count.
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === 'A' ? 'w' : 'A';
      const forged = token.slice(0, at) + other + token.slice(at + 1);
      if (Buffer.from(forged, 'base64url').equals(Buffer.from(token, 'base64url'))) continue;
      expect({ at, holds: isCsrfToken(forged, [KEY], SESSION) }).toEqual({ at, holds: false });
    }
  });

  it.each<[what: string, change: (token: string) => string]>([
    ['empty', () => ''],
    ['cut short', (token) => token.slice(0, -1)],
    ['longer', (token) => `${token}A`],
    ['padded', (token) => `${token}==`],
    ['with a space', (token) => ` ${token}`],
    ['with a line break', (token) => `${token}\n`],
    ['all zero', () => 'A'.repeat(86)],
    ['in another alphabet', () => '+/'.repeat(43)],
    ['of characters beyond ASCII', () => 'é'.repeat(86)],
    ['10 kB long', () => 'A'.repeat(10_240)],
    ['twice in one header', (token) => `${token}, ${token}`],
    ['its binding', () => SESSION],
  ])('is refused without an exception if it is %s', (_what, change) => {
    const token = change(makeCsrfToken(KEY, SESSION));
    expect(isCsrfToken(token, [KEY], SESSION)).toBe(false);
  });

  it('is safe in a header and reveals nothing about the binding', () => {
    const token = makeCsrfToken(KEY, SESSION);
    expect(token).toMatch(/^[\w-]{86}$/);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain(SESSION.slice(8, 14));
  });
});
