import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SessionConfigError } from 'nestjs-session-kit';
import { readSigningKeys } from '../../../lib/options/signing-keys.js';
import { SECRET, startApp } from '../../support/test-app.js';
import { ALGORITHMS, ecPair, privatePem, publicPem, rsaPair } from '../../support/key-pairs.js';

const RSA = rsaPair();
const EC = ecPair();
const privateKey = privatePem(RSA);
const PASSPHRASE = 'the passphrase of a key';
const ENCRYPTED = RSA.privateKey.export({
  format: 'pem',
  type: 'pkcs8',
  cipher: 'aes-256-cbc',
  passphrase: PASSPHRASE,
}) as string;
const ED25519 = generateKeyPairSync('ed25519');

/** Returns `path: message` for each problem with a list of keys. */
function linesFor(keys: unknown): string[] {
  return readSigningKeys(keys).problems.map(({ path, message }) => `${path}: ${message}`);
}

const UNREADABLE =
  'tokens.keys[0].privateKey: cannot be read; pass a PEM (PKCS#8) without a passphrase, or a KeyObject';
const UNREADABLE_PUBLIC =
  'tokens.keys[0].publicKey: cannot be read; pass a PEM (SPKI) or a KeyObject';
const NOT_A_LIST = 'tokens.keys: must be a list with at least one key';
const NOT_AN_OBJECT = 'tokens.keys[0]: must be an object { algorithm, privateKey }';
const UNKNOWN_ALGORITHM = 'tokens.keys[0].algorithm: must be one of RS256, PS256, ES256, ES384';
const BAD_KID = 'tokens.keys[0].kid: must be 1 to 64 letters, digits, dots, dashes or underscores';
const NONE_SIGNS = 'tokens.keys: must contain an active key with a privateKey, which signs tokens';
const TWICE =
  'tokens.keys: contains two keys with the same kid; give each key its own, or omit kid';

const good = { algorithm: 'RS256', privateKey };
const one = (change: object): unknown => [{ ...good, ...change }];

const REFUSED: [string, unknown, string][] = [
  ['an empty list', [], NOT_A_LIST],
  ['no list', good, NOT_A_LIST],
  ['a PEM instead of a key description', [privateKey], NOT_AN_OBJECT],
  ['null', [null], NOT_AN_OBJECT],
  ['a list of lists', [[good]], NOT_AN_OBJECT],
  [
    'an option that does not exist',
    one({ privatekey: privateKey }),
    'tokens.keys[0].privatekey: is an unknown option; expected one of kid, algorithm, privateKey, publicKey, active',
  ],
  ['no algorithm', [{ privateKey }], UNKNOWN_ALGORITHM],
  ['an unsupported algorithm', one({ algorithm: 'RS512' }), UNKNOWN_ALGORITHM],
  ['an algorithm with a secret', one({ algorithm: 'HS256' }), UNKNOWN_ALGORITHM],
  ['the algorithm none', one({ algorithm: 'none' }), UNKNOWN_ALGORITHM],
  ['an algorithm in lower case', one({ algorithm: 'rs256' }), UNKNOWN_ALGORITHM],
  [
    'the name of an inherited property as algorithm',
    one({ algorithm: 'toString' }),
    UNKNOWN_ALGORITHM,
  ],
  ['an empty kid', one({ kid: '' }), BAD_KID],
  ['a kid with a line feed', one({ kid: 'a\nb' }), BAD_KID],
  ['a kid of 65 characters', one({ kid: 'k'.repeat(65) }), BAD_KID],
  ['a kid that is a number', one({ kid: 1 }), BAD_KID],
  ['active as a word', one({ active: 'no' }), 'tokens.keys[0].active: must be true or false'],
  [
    'a key without key material',
    [{ algorithm: 'RS256' }],
    'tokens.keys[0]: must have a privateKey, or a publicKey to verify with',
  ],
  ['a key that is not a PEM', one({ privateKey: 'not a key of any kind' }), UNREADABLE],
  ['a truncated PEM', one({ privateKey: privateKey.slice(0, 500) }), UNREADABLE],
  ['a key with a passphrase', one({ privateKey: ENCRYPTED }), UNREADABLE],
  ['a key that is a number', one({ privateKey: 42 }), UNREADABLE],
  ['a public PEM as private key', one({ privateKey: publicPem(RSA) }), UNREADABLE],
  ['a public KeyObject as private key', one({ privateKey: RSA.publicKey }), UNREADABLE],
  [
    'a secret KeyObject as private key',
    one({ privateKey: createSecretKey(Buffer.alloc(32, 1)) }),
    UNREADABLE,
  ],
  ['a public key that is not a PEM', one({ publicKey: 'garbage' }), UNREADABLE_PUBLIC],
  [
    'a secret KeyObject as public key',
    one({ publicKey: createSecretKey(Buffer.alloc(32, 1)) }),
    UNREADABLE_PUBLIC,
  ],
  [
    'the public key of another pair',
    one({ publicKey: publicPem(rsaPair()) }),
    'tokens.keys[0].publicKey: does not match privateKey; omit it',
  ],
  [
    'an RSA key of 1024 bits',
    one({ privateKey: privatePem(rsaPair(1024)) }),
    'tokens.keys[0].algorithm: the RSA key has 1024 bits and needs at least 2048',
  ],
  [
    'an RSA key of 1024 bits for verification',
    [good, { algorithm: 'PS256', publicKey: publicPem(rsaPair(1024)) }],
    'tokens.keys[1].algorithm: the RSA key has 1024 bits and needs at least 2048',
  ],
  [
    'an RSA key with ES256',
    one({ algorithm: 'ES256' }),
    'tokens.keys[0].algorithm: ES256 needs a key of type ec, not rsa',
  ],
  [
    'an EC key with RS256',
    one({ privateKey: privatePem(EC) }),
    'tokens.keys[0].algorithm: RS256 needs a key of type rsa, not ec',
  ],
  [
    'an EC key with PS256',
    one({ algorithm: 'PS256', privateKey: EC.privateKey }),
    'tokens.keys[0].algorithm: PS256 needs a key of type rsa, not ec',
  ],
  [
    'an Ed25519 key with ES256',
    one({ algorithm: 'ES256', privateKey: ED25519.privateKey }),
    'tokens.keys[0].algorithm: ES256 needs a key of type ec, not ed25519',
  ],
  [
    'the curve of ES384 with ES256',
    one({ algorithm: 'ES256', privateKey: ecPair('P-384').privateKey }),
    'tokens.keys[0].algorithm: ES256 needs the curve prime256v1, not secp384r1',
  ],
  [
    'the curve of ES256 with ES384',
    one({ algorithm: 'ES384', privateKey: EC.privateKey }),
    'tokens.keys[0].algorithm: ES384 needs the curve secp384r1, not prime256v1',
  ],
  [
    'the curve secp256k1 with ES256',
    one({ algorithm: 'ES256', privateKey: ecPair('secp256k1').privateKey }),
    'tokens.keys[0].algorithm: ES256 needs the curve prime256v1, not secp256k1',
  ],
  ['only a public key', [{ algorithm: 'RS256', publicKey: publicPem(RSA) }], NONE_SIGNS],
  ['only inactive keys', one({ active: false }), NONE_SIGNS],
  [
    'an active public key beside an inactive private key',
    [
      { algorithm: 'ES256', publicKey: EC.publicKey },
      { ...good, active: false },
    ],
    NONE_SIGNS,
  ],
  ['one pair twice', [good, good], TWICE],
  [
    'two pairs with one kid',
    [
      { ...good, kid: 'a' },
      { algorithm: 'ES256', privateKey: EC.privateKey, kid: 'a' },
    ],
    TWICE,
  ],
];

describe('invalid tokens.keys', () => {
  it.each(REFUSED)('report %s by path', (_what, keys, line) => {
    expect(linesFor(keys)).toEqual([line]);
  });

  it('report each invalid key of a list', () => {
    const lines = linesFor([good, { ...good, algorithm: 'ES256' }, { ...good, kid: '' }]);
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'tokens.keys[1].algorithm',
      'tokens.keys[2].kid',
    ]);
  });

  it('13.3.1 report problems without key material', () => {
    const pems = [privateKey, ENCRYPTED, privatePem(EC), publicPem(RSA)];
    const material = pems.flatMap((pem) => pem.split('\n').filter((line) => line.length > 20));
    const all = REFUSED.flatMap(([, keys]) => linesFor(keys)).join('\n');
    expect(material.length).toBeGreaterThan(40);
    for (const part of [...material, PASSPHRASE, 'garbage', 'not a key of any kind']) {
      expect(all).not.toContain(part);
    }
  });

  it.each([
    ['with a secret', SECRET],
    ['without a secret', undefined],
  ])('fail the start of the application %s', async (_what, secret) => {
    const start = startApp({
      options: { secret, tokens: { keys: [{ ...good, algorithm: 'ES256' as const }] } },
    });
    await expect(start).rejects.toBeInstanceOf(SessionConfigError);
    await expect(start).rejects.toThrow(/tokens\.keys\[0\]\.algorithm/);
  });

  it('fail the start if they are missing and there is no secret', async () => {
    await expect(startApp({ options: { secret: undefined } })).rejects.toThrow(/secret/);
  });
});

describe('valid tokens.keys', () => {
  it.each(ALGORITHMS)('for %s may be a PEM, bytes or a KeyObject', (algorithm, make) => {
    const pair = make();
    const forms = [pair.privateKey, privatePem(pair), Buffer.from(privatePem(pair))];
    const read = forms.map((form) => readSigningKeys([{ algorithm, privateKey: form }]));
    expect(read.flatMap(({ problems }) => problems)).toEqual([]);
    const [first, ...others] = read.flatMap(({ keys }) => keys);
    expect(first?.publicKey.equals(pair.publicKey)).toBe(true);
    for (const other of others) expect(other.kid).toBe(first?.kid);
  });

  it('use only the public part of a private key given as public key', () => {
    const { keys, problems } = readSigningKeys([
      good,
      { algorithm: 'ES256', publicKey: EC.privateKey },
      { algorithm: 'ES384', publicKey: privatePem(ecPair('P-384')) },
    ]);
    expect(problems).toEqual([]);
    expect(keys.map(({ publicKey }) => publicKey.type)).toEqual(['public', 'public', 'public']);
  });
});
