import { createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HmacKey } from '../../../lib/core/hmac.js';

/**
 * RFC 4231, restricted to keys of at most 64 bytes and data that is text: section, key, data,
 * HMAC-SHA-256.
 */
const VECTORS: [string, Buffer, string, string][] = [
  [
    '4.2',
    Buffer.alloc(20, 0x0b),
    'Hi There',
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    '4.3',
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
];

describe('HmacKey', () => {
  it.each(VECTORS)('computes the MAC of RFC 4231 section %s', (_section, key, data, mac) => {
    expect(new HmacKey(key).mac(data).toString('hex')).toBe(mac);
  });

  it('computes the same MAC as node:crypto for any key and text', () => {
    const keys = fc.uint8Array({ minLength: 0, maxLength: 64 });
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 500 }));
    fc.assert(
      fc.property(keys, texts, (key, text) => {
        expect(new HmacKey(key).mac(text)).toEqual(createHmac('sha256', key).update(text).digest());
      }),
    );
  });

  it('computes the MAC of each text independently of earlier ones', () => {
    const key = randomBytes(32);
    const hmac = new HmacKey(key);
    for (const text of ['a', 'é'.repeat(300), '', 'longer than one', '€'.repeat(7), 'b', 'c']) {
      expect(hmac.mac(text)).toEqual(createHmac('sha256', key).update(text).digest());
    }
  });

  it('refuses a key that needs hashing first, and does not show it', () => {
    expect(() => new HmacKey(randomBytes(65))).toThrow('offset is out of bounds');
    const printed = inspect(new HmacKey(Buffer.alloc(32, 0x41)), { showHidden: true, depth: 5 });
    expect(printed).not.toMatch(/41|77|1d/);
  });
});
