import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { findSubstrings } from '../support/find-substrings.js';

describe('findSubstrings', () => {
  const text = 'log {"token":"xx-Testing-yy"} and\nwith space, and tail';

  it('finds strings anywhere in a word, longer and shorter ones with the same start', () => {
    expect(findSubstrings(text, ['Testing', 'Test', 'Testing1', 'g-yy'])).toEqual([
      'Testing',
      'Test',
      'g-yy',
    ]);
  });

  it('finds strings that contain a separator', () => {
    expect(findSubstrings(text, ['with space', 'space,tail', 'en":"xx'])).toEqual([
      'with space',
      'en":"xx',
    ]);
  });

  it('finds nothing in an empty text and no empty string', () => {
    expect(findSubstrings('', ['Test'])).toEqual([]);
    expect(findSubstrings(text, [''])).toEqual([]);
    expect(findSubstrings(text, [])).toEqual([]);
  });

  it('agrees with String.includes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', ' '), maxLength: 60 });
    const wanted = fc.string({
      unit: fc.constantFrom('a', 'b', '.', ' '),
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(text, fc.array(wanted), (sample, all) => {
        expect(findSubstrings(sample, all)).toEqual(all.filter((one) => sample.includes(one)));
      }),
    );
  });
});
