import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  handleOf,
  isHandle,
  isSecret,
  newHandle,
  newSecret,
  requireUserId,
  tagOf,
  userDigest,
} from '../../../lib/rules/handle.js';

const HANDLE = 'abc.ABCDEFGHIJKLMNOPQRSTUA';
const SECRET = `abc.${'B'.repeat(42)}A`;

/** The result of sha256sum for SECRET, the first 128 bits. */
const DIGEST_OF_SECRET = 'e0ff3e3908cb2b46293ba753c08f60bc';

const KINDS: [string, (userId: string) => string, bytes: number][] = [
  ['handle', newHandle, 16],
  ['secret', newSecret, 32],
];

/** Invalid handles and secrets: other characters, other lengths, other types. */
const NEITHER: unknown[] = [
  '',
  '.',
  'abc',
  HANDLE.slice(1),
  HANDLE.slice(4),
  `a${HANDLE}`,
  ` ${HANDLE}`,
  `${HANDLE}.`,
  `${HANDLE}\n`,
  `${HANDLE}=`,
  HANDLE.replace('.', '-'),
  HANDLE.replace('a', '{'),
  HANDLE.replace('B', '+'),
  HANDLE.replace('B', '/'),
  HANDLE.replace('B', '\u00e9'),
  SECRET.slice(1),
  `a${SECRET}`,
  `${SECRET}\n`,
  `${SECRET}=`,
  SECRET.replace('B', '*'),
  null,
  undefined,
  5,
  [HANDLE],
  { toString: () => HANDLE },
];

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(KINDS)('a new %s', (_kind, make, bytes) => {
  it(`starts with the tag of its user and continues with ${bytes} random bytes`, () => {
    const made = make('user-1');
    expect(tagOf(made)).toBe(tagOf(userDigest('user-1')));
    expect(made[3]).toBe('.');
    expect(Buffer.from(made.slice(4), 'base64url')).toHaveLength(bytes);
  });

  it('is unique among 100,000, and is not a UUID, whose fixed bits reduce its entropy', () => {
    const made = Array.from({ length: 100_000 }, () => make('user-1').slice(4));
    expect(new Set(made).size).toBe(100_000);
    const seen = Array.from({ length: bytes }, () => new Set<number>());
    for (const text of made) {
      Buffer.from(text, 'base64url').forEach((byte, i) => seen[i]?.add(byte));
    }
    // A random byte that misses one of its values in 100,000 samples has a probability of 1 in
    // 10^167.
    expect(seen.map((values) => values.size)).toEqual(seen.map(() => 256));
  });

  it('does not come from Math.random', () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    expect(make('user-1')).not.toBe(make('user-1'));
    expect(random).not.toHaveBeenCalled();
  });
});

describe('handleOf', () => {
  it('is the tag with the first 128 bits of SHA-256 of the whole secret', () => {
    expect(handleOf(SECRET).slice(0, 4)).toBe('abc.');
    expect(Buffer.from(handleOf(SECRET).slice(4), 'base64url').toString('hex')).toBe(
      DIGEST_OF_SECRET,
    );
  });

  it('is a handle and not a secret, and a secret is not a handle', () => {
    const secret = newSecret('user-1');
    expect([isSecret(secret), isHandle(secret)]).toEqual([true, false]);
    expect([isSecret(handleOf(secret)), isHandle(handleOf(secret))]).toEqual([false, true]);
  });
});

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The possible last characters. */
function lastLetters(text: string, is: (value: string) => boolean): string {
  return [...ALPHABET].filter((letter) => is(text.slice(0, -1) + letter)).join('');
}

describe('isHandle and isSecret', () => {
  it('accept one encoding only: the unused bits of the last character are zero', () => {
    expect(lastLetters(HANDLE, isHandle)).toBe('AQgw');
    expect(lastLetters(SECRET, isSecret)).toBe('AEIMQUYcgkosw048');
  });

  it.each(NEITHER.map((value) => [value]))('accept %j as neither', (value) => {
    expect([isHandle(value), isSecret(value)]).toEqual([false, false]);
  });
});

describe('requireUserId', () => {
  it.each(['a', '42', 'tenant:user', ' ', '用户', '😀', 'x'.repeat(255)])(
    'takes %.20s',
    (userId) => {
      expect(requireUserId(userId)).toBe(userId);
    },
  );

  it.each([
    ['', 'string'],
    ['x'.repeat(256), 'string'],
    [42, 'number'],
    [null, 'object'],
  ])('refuses %.20j and names its type, not its value', (userId, type) => {
    expect(() => requireUserId(userId)).toThrow(TypeError);
    expect(() => requireUserId(userId)).toThrow(`1 to 255 characters, got ${type}`);
  });

  it.each(['a\ud800', '\udc00a', '\udc00\ud800', '\ud800\ud83d\ude00'])(
    'refuses %j, which UTF-8 could not distinguish from other ids',
    (userId) => {
      expect(() => requireUserId(userId)).toThrow('half of a surrogate pair');
    },
  );
});
