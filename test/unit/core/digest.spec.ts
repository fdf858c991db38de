import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DIGEST_LENGTH, digest128 } from '../../../lib/core/digest.js';

describe('digest128', () => {
  it('returns the first 128 bits of SHA-256 in base64url for any text', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 500 }));
    fc.assert(
      fc.property(texts, (text) => {
        const bits = createHash('sha256').update(text).digest().subarray(0, 16);
        expect(digest128(text)).toBe(bits.toString('base64url'));
        expect(digest128(text)).toHaveLength(DIGEST_LENGTH);
      }),
    );
  });
});
