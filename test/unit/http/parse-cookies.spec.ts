import { describe, expect, it } from '@jest/globals';
import { readCookies } from '../../../lib/http/cookies/parse-cookies.js';

const SESSION = '__Host-session';
const CSRF = '__Host-csrf';

function read(header: string | undefined): Record<string, readonly string[]> {
  const names = [SESSION, CSRF];
  const found = readCookies(header, names).map((values, at) => [names[at], values] as const);
  return Object.fromEntries(found.filter(([, values]) => values !== undefined));
}

describe('readCookies', () => {
  it.each([
    ['one cookie', `${SESSION}=a`, { [SESSION]: ['a'] }],
    ['two cookies', `${SESSION}=a; ${CSRF}=b`, { [SESSION]: ['a'], [CSRF]: ['b'] }],
    ['other cookies between', `x=1; ${SESSION}=a; y=2`, { [SESSION]: ['a'] }],
    ['no space between them', `x=1;${SESSION}=a;y=2`, { [SESSION]: ['a'] }],
    ['spaces and tabs around', ` \t${SESSION}\t = \t a \t; x=1`, { [SESSION]: ['a'] }],
    ['an equals sign in the value', `${SESSION}=a=b==`, { [SESSION]: ['a=b=='] }],
    ['an empty value', `${SESSION}=`, { [SESSION]: [''] }],
    ['quotes, which belong to the value', `${SESSION}="a"`, { [SESSION]: ['"a"'] }],
    ['percent signs, which are not decoded', `${SESSION}=%61`, { [SESSION]: ['%61'] }],
    ['empty pairs', `;; ;${SESSION}=a;;`, { [SESSION]: ['a'] }],
    ['a duplicate name', `${SESSION}=a; ${SESSION}=b`, { [SESSION]: ['a', 'b'] }],
    ['a duplicate with the same value', `${SESSION}=a; ${SESSION}=a`, { [SESSION]: ['a', 'a'] }],
    [
      'the longest cookie of browsers',
      `${SESSION}=${'a'.repeat(4082)}`,
      {
        [SESSION]: ['a'.repeat(4082)],
      },
    ],
  ])('finds %s', (_what, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['a name without a value', SESSION],
    ['a value without a name', '=a'],
    ['lower case', '__host-session=a'],
    ['upper case', '__HOST-SESSION=a'],
    ['a name that starts with the expected one', `${SESSION}2=a`],
    ['a name that ends with the expected one', `x${SESSION}=a`],
    ['the name without its prefix', 'session=a'],
    ['the name in the value of another', `x=${SESSION}=a`],
    ['the name in quotes', `"${SESSION}"=a`],
    ['the name percent-encoded', '%5F%5FHost-session=a'],
    ['a comma as separator', `x=1, ${SESSION}=a`],
    ['a cookie longer than the limit of browsers', `${SESSION}=${'a'.repeat(4084)}`],
    ['a cookie of 10 kB', `${SESSION}=${'a'.repeat(10_240)}`],
    ['property names of objects', '__proto__=a; constructor=b; toString=c'],
  ])('finds nothing in %s', (_what, header) => {
    expect(read(header)).toEqual({});
  });

  // Node reads header bytes as Latin-1, where A0 is a no-break space; FEFF and 2000 cannot come
  // from Node.
  it.each(['\u00A0', '\u0085', '\u000B', '\u000C', '\uFEFF', '\u2000', '\u3000'])(
    'treats a name with %j around it as another name, which a subdomain may set despite the prefix',
    (space) => {
      expect(read(`${space}${SESSION}=a`)).toEqual({});
      expect(read(`${SESSION}${space}=a`)).toEqual({});
      expect(read(`${SESSION}=${space}a`)).toEqual({ [SESSION]: [`${space}a`] });
    },
  );

  it('finds its cookie after 16 kB of separators and spaces', () => {
    const noise = ['; ', ' ', '=', ';', '\t=', `${' '.repeat(4000)}x=1;`];
    for (const piece of noise) {
      const header = `${piece.repeat(Math.ceil(16_384 / piece.length))}; ${SESSION}=a`;
      expect(read(header)).toEqual({ [SESSION]: ['a'] });
    }
  });
});
