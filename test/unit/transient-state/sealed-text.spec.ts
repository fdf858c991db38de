import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { openText, sealText } from '../../../lib/transient-state/sealed-text.js';

const newKey = (): KeyObject => createSecretKey(randomBytes(32));
const [KEY, OTHER] = [newKey(), newKey()];
const CONTEXT = 'login at the provider';
const TEXTS = ['', 'a', '{"nonce":"ü€😀"}', 'x'.repeat(1024)];

describe('a sealed text', () => {
  it.each(TEXTS)('is opened by its key in its context: %.20s', (text) => {
    expect(openText([KEY], sealText(KEY, text, CONTEXT), CONTEXT)).toBe(text);
  });

  it('is opened by any of the keys', () => {
    expect(openText([OTHER, KEY], sealText(KEY, 'text', CONTEXT), CONTEXT)).toBe('text');
  });

  it.each([
    ['another key', [OTHER], CONTEXT],
    ['no key', [], CONTEXT],
    ['another context', [KEY], 'login at the providers'],
    ['no context', [KEY], ''],
  ])('is not opened by %s', (_what, keys, context) => {
    expect(openText(keys, sealText(KEY, 'text', CONTEXT), context)).toBeUndefined();
  });

  it('differs each time and does not contain the text', () => {
    const sealed = Array.from({ length: 100 }, () => sealText(KEY, 'the text', CONTEXT));
    expect(new Set(sealed).size).toBe(100);
    for (const one of sealed) {
      expect(one).toMatch(/^[\w-]+$/);
      expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('the text');
    }
  });

  it('is not opened with any one bit changed, or cut at any length', () => {
    const bytes = Buffer.from(sealText(KEY, 'text', CONTEXT), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(openText([KEY], changed.toString('base64url'), CONTEXT)).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length).toString('base64url');
      expect(openText([KEY], cut, CONTEXT)).toBeUndefined();
    }
  });
});
