import { describe, expect, it } from '@jest/globals';
import { isCompactJwt, MAX_TOKEN_LENGTH, parseJwtHeader } from '../../../lib/jwt/compact-jwt.js';
import { accessInput, base64url, codecWith } from '../fixtures.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Real tokens whose parts end in each possible number of unused bits of base64url: 0, 2 and 4. */
function realTokens(): string[] {
  const { codec } = codecWith();
  return ['a', 'ab', 'abc'].map((role) => codec.signAccess(accessInput({ app: { role } })));
}

/** Every encoding of a part that decodes to the same bytes, except the canonical one. */
function otherSpellings(part: string): string[] {
  const last = part.at(-1) as string;
  const bytes = Buffer.from(part, 'base64url');
  const sameBits = [...ALPHABET]
    .filter((letter) => letter !== last)
    .map((letter) => part.slice(0, -1) + letter)
    .filter((spelling) => Buffer.from(spelling, 'base64url').equals(bytes));
  const padded = ['=', '==', ' ', '\n', '\t', '\u00a0'].map((tail) => part + tail);
  const split = [` ${part}`, `${part.slice(0, 4)}\n${part.slice(4)}`];
  const standard = part.replaceAll('-', '+').replaceAll('_', '/');
  return [...sameBits, ...padded, ...split, ...(standard === part ? [] : [standard])];
}

describe('isCompactJwt', () => {
  const [token = ''] = realTokens();
  const [header = '', payload = '', signature = ''] = token.split('.');

  it('accepts every token of the package', () => {
    expect(realTokens().map(isCompactJwt)).toEqual([true, true, true]);
  });

  it('refuses every other encoding of the bytes of a real token', () => {
    const spellings = realTokens().flatMap((real) => {
      const parts = real.split('.');
      return parts.flatMap((part, i) =>
        otherSpellings(part).map((other) => parts.with(i, other).join('.')),
      );
    });
    // Enough to include unused bits: an HS256 signature alone has 3 other last characters.
    expect(spellings.length).toBeGreaterThan(80);
    expect(spellings.filter(isCompactJwt)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['one part', header],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${token}.${signature}`],
    ['five parts, as in a JWE', `${token}.${signature}.${signature}`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload', `${header}..${signature}`],
    ['an empty signature', `${header}.${payload}.`],
    ['three empty parts', '..'],
    ['a blank at the start', ` ${token}`],
    ['a newline at the end', `${token}\n`],
    ['a blank around a dot', `${header} .${payload}.${signature}`],
    ['a NUL', `${token}\0`],
    ['padding', `${token}=`],
    ['standard base64: +', `${header}.${payload}.+${signature.slice(1)}`],
    ['standard base64: /', `${header}.${payload}./${signature.slice(1)}`],
    ['a part of 4n + 1 letters', `${header}.AAAAA.${signature}`],
    ['letters beyond ASCII', `${header}.${payload}.\u00e9${signature.slice(1)}`],
    ['full-width letters', `${header}.${payload}.\uff21${signature.slice(1)}`],
    ['a list of one token', [token]],
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
    ['an object that converts to a token', { toString: () => token, length: token.length }],
  ])('refuses %s', (_what, value) => {
    expect(isCompactJwt(value)).toBe(false);
  });

  it('accepts a token of the maximum length and no longer one', () => {
    // Parts of 4n, 4n + 2 and 4n letters, then 4n, 4n + 3 and 4n: whole numbers of bytes.
    const greatest = `AAAA.${'A'.repeat(8182)}.AAAA`;
    const longer = `AAAA.${'A'.repeat(8183)}.AAAA`;
    expect([greatest.length, longer.length]).toEqual([MAX_TOKEN_LENGTH, MAX_TOKEN_LENGTH + 1]);
    expect([greatest, longer].map(isCompactJwt)).toEqual([true, false]);
  });
});

const GOOD = { alg: 'HS256', typ: 'at+jwt', kid: 'key' };
const json = JSON.stringify;
const parse = (text: string | Buffer): unknown => parseJwtHeader(base64url(text));

describe('parseJwtHeader', () => {
  it('reads the three members in any order', () => {
    expect(parse(json(GOOD))).toEqual(GOOD);
    expect(parse('{"kid":"key","alg":"HS256","typ":"at+jwt"}')).toEqual(GOOD);
  });

  it('returns a kid named like a prototype as a plain string', () => {
    const header = parse(json({ ...GOOD, kid: '__proto__' }));
    expect(header).toEqual({ ...GOOD, kid: '__proto__' });
    expect(Object.getPrototypeOf(header)).toBe(Object.prototype);
  });

  it('finds no key for a kid of 10 kB', () => {
    const { signatures } = codecWith();
    const header = base64url(json({ ...GOOD, kid: 'k'.repeat(10_240) }));
    expect(signatures.verificationKey(`${header}.AAAA.AAAA`)).toBeUndefined();
  });

  it.each<[string, string | Buffer]>([
    ['a missing member', json({ alg: 'HS256', typ: 'at+jwt' })],
    ['crit', json({ ...GOOD, crit: ['exp'] })],
    ['b64', json({ ...GOOD, b64: false })],
    ['jwk', json({ ...GOOD, jwk: { kty: 'oct', k: 'AAAA' } })],
    ['jku', json({ ...GOOD, jku: 'https://example.com/keys' })],
    ['x5c', json({ ...GOOD, x5c: [] })],
    ['zip', json({ ...GOOD, zip: 'DEF' })],
    ['another name of equal length', json({ alg: 'HS256', typ: 'at+jwt', kit: 'key' })],
    ['names in another case', json({ ALG: 'HS256', typ: 'at+jwt', kid: 'key' })],
    ['an additional __proto__ member', '{"alg":"HS256","typ":"at+jwt","kid":"key","__proto__":{}}'],
    [
      'a __proto__ member in place of another',
      '{"alg":"HS256","typ":"at+jwt","__proto__":{"kid":"key"}}',
    ],
    ['alg twice', '{"alg":"none","alg":"HS256","typ":"at+jwt","kid":"key"}'],
    ['kid twice, equal', '{"alg":"HS256","typ":"at+jwt","kid":"key","kid":"key"}'],
    ['alg twice, one escaped', '{"\\u0061lg":"none","alg":"HS256","typ":"at+jwt","kid":"key"}'],
    ['an unnecessary escape', '{"alg":"HS256","typ":"at+jwt","kid":"k\\u0065y"}'],
    ['blanks', '{"alg": "HS256","typ":"at+jwt","kid":"key"}'],
    ['a newline at the end', `${json(GOOD)}\n`],
    ['a byte order mark', `\ufeff${json(GOOD)}`],
    ['a numeric alg', json({ ...GOOD, alg: 256 })],
    ['a null typ', json({ ...GOOD, typ: null })],
    ['a list as kid', json({ ...GOOD, kid: ['key'] })],
    ['an object as kid', json({ ...GOOD, kid: { toString: 'key' } })],
    [
      'deep nesting as kid',
      `{"alg":"HS256","typ":"at+jwt","kid":${'['.repeat(2000)}${']'.repeat(2000)}}`,
    ],
    ['a list', json(['alg', 'kid', 'typ'])],
    ['a string', '"alg"'],
    ['null', 'null'],
    ['nothing', ''],
    ['half an object', '{"alg":"HS256"'],
    ['deep nesting', '['.repeat(6000)],
    [
      'invalid UTF-8 in a name',
      Buffer.concat([Buffer.from('{"al\xff', 'latin1'), Buffer.from('":""}')]),
    ],
    ['bytes that are not text', Buffer.from([0xff, 0xfe, 0x00])],
  ])('refuses %s', (_what, text) => {
    expect(parse(text)).toBeUndefined();
  });

  it('refuses invalid UTF-8 in a value, which would be a second encoding of U+FFFD', () => {
    const header = Buffer.from('{"alg":"HS256","typ":"at+jwt","kid":"k\xff"}', 'latin1');
    expect(parse(header)).toBeUndefined();
  });
});
