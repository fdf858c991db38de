import { describe, expect, it } from '@jest/globals';
import { bearerToken } from '../../../lib/http/read-credentials.js';

describe('bearerToken', () => {
  it.each<[string | undefined, string | undefined]>([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER abc', 'abc'],
    ['BeArEr abc', 'abc'],
    ['Bearer   abc', 'abc'],
    // Node removes blanks at the end of a header; other characters there belong to the token, which
    // is then refused.
    ['Bearer abc\u00a0', 'abc\u00a0'],
    ['Bearer \u00a0abc', '\u00a0abc'],
    ['Bearer \tabc', '\tabc'],
    ['Bearer\tabc', undefined],
    // The rest is one token, valid or not; it is never split.
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
