import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { secretOf } from '../../support/secret-of.js';
import { secretBytes, secretProblems } from '../../../lib/options/secret/secret.js';

const TEXT_32 = secretOf('text').slice(0, 32);
const BYTES_32 = createHash('sha256').update('bytes').digest();
const TWO_BYTE_LETTERS = 'äöüßéèêàâçñøåíóú';

describe('secretProblems', () => {
  it.each<[string, unknown]>([
    ['32 letters', TEXT_32],
    ['16 characters of 2 bytes', TWO_BYTE_LETTERS],
    ['a Buffer', BYTES_32],
    ['a Uint8Array', new Uint8Array(BYTES_32)],
    ['one in a list', [TEXT_32]],
    [
      'several of both kinds',
      [TEXT_32, BYTES_32, new Uint8Array(createHash('sha256').update('others').digest())],
    ],
    ['a frozen list', Object.freeze([TEXT_32])],
  ])('accepts %s', (_what, secret) => {
    expect(secretProblems(secret)).toEqual([]);
  });

  it.each<[string, unknown, string[]]>([
    ['undefined', undefined, ['secret: is missing']],
    ['null', null, ['secret: is missing']],
    ['an empty string', '', ['secret: is missing']],
    ['an empty list', [], ['secret: is an empty list']],
    ['31 letters', 'x'.repeat(31), ['secret: has 31 bytes and needs at least 32']],
    ['31 bytes', Buffer.alloc(31), ['secret: has 31 bytes and needs at least 32']],
    ['no bytes', new Uint8Array(), ['secret: has 0 bytes and needs at least 32']],
    ['a number', 5, ['secret: must be a string or a Buffer']],
    ['true', true, ['secret: must be a string or a Buffer']],
    ['an object', { current: TEXT_32 }, ['secret: must be a string or a Buffer']],
    ['words of 16 bits', new Uint16Array(32), ['secret: must be a string or a Buffer']],
    [
      'a list with several wrong ones',
      ['short', TEXT_32, undefined, ''],
      [
        'secret[0]: has 5 bytes and needs at least 32',
        'secret[2]: must be a string or a Buffer',
        'secret[3]: has 0 bytes and needs at least 32',
      ],
    ],
    ['one secret twice', [TEXT_32, BYTES_32, TEXT_32], ['secret[2]: is the same as secret[0]']],
    [
      'one secret as text and as bytes',
      [TEXT_32, Buffer.from(TEXT_32)],
      ['secret[1]: is the same as secret[0]'],
    ],
    ['a list in a list', [[TEXT_32]], ['secret[0]: must be a string or a Buffer']],
  ])('refuses %s', (_what, secret, lines) => {
    const found = secretProblems(secret).map(({ path, message }) => `${path}: ${message}`);
    expect(found.map((line) => line.split(';')[0])).toEqual(lines);
  });

  it.each([[undefined], [[]], ['short']])(
    'reports the problem of %j and how to generate a secret',
    (secret) => {
      expect(secretProblems(secret)[0]?.message).toContain('npx nestjs-session-kit secret');
    },
  );
});

describe('secretBytes', () => {
  it('returns the secrets as bytes, current first, in copies', () => {
    const own = Buffer.from(BYTES_32);
    const secrets = secretBytes([TEXT_32, own]);
    own.fill(0);
    expect(secrets).toEqual([Buffer.from(TEXT_32), BYTES_32]);
    expect(secretBytes(TEXT_32)).toEqual([Buffer.from(TEXT_32)]);
    expect(secretBytes(BYTES_32)).toEqual([BYTES_32]);
  });
});
