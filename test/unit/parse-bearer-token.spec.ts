import { describe, expect, it } from '@jest/globals';
import { bearerToken } from '../../lib/http/parse-bearer-token.js';

describe('bearerToken', () => {
  it.each<[string | undefined, string | undefined]>([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['BeArEr abc', 'abc'],
    ['Bearer   abc', 'abc'],
    // Node strips blanks at the end of a header; anything else there belongs to the token, and is refused with it.
    ['Bearer abc\u00a0', 'abc\u00a0'],
    ['Bearer \u00a0abc', '\u00a0abc'],
    ['Bearer \tabc', '\tabc'],
    ['Bearer\tabc', undefined],
    // What follows is one token, right or wrong; it is never split.
    ['Bearer abc def', 'abc def'],
    ['Bearer abc, Bearer def', 'abc, Bearer def'],
    ['Bearer Bearer abc', 'Bearer abc'],
    [undefined, undefined],
    ['', undefined],
    [' ', undefined],
    ['Bearer', undefined],
    ['Bearer ', undefined],
    ['Bearer    ', undefined],
    ['abc', undefined],
    ['Basic dXNlcjpwYXNz', undefined],
    ['Bearerabc', undefined],
    ['Bearers abc', undefined],
    ['X-Bearer abc', undefined],
    ['DPoP abc', undefined],
    [' Bearer abc', undefined],
    ['Bearer=abc', undefined],
  ])('reads %j as %j', (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });
});
