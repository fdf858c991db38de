import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SessionConfigError } from 'nestjs-session-kit';
import { secretProblems } from '../../../lib/options/secret/secret.js';
import { weaknessOf } from '../../../lib/options/secret/secret-strength.js';
import { startApp } from '../../support/test-app.js';

const WEAK: [what: string, secret: string, weakness: string][] = [
  ['one character', 'x'.repeat(32), 'few-characters'],
  ['few characters', 'abababcdcdcdabababcdcdcdefefefab', 'few-characters'],
  ['zeros and ones', '01101001011001101001011001101001', 'few-characters'],
  ['a repeated word', 'password1password1password1password1', 'repeats-itself'],
  ['ten repeated digits', '7391846205'.repeat(4), 'repeats-itself'],
  ['a random half twice', 'kQ7xZp2mV9wLr4Tb'.repeat(2), 'repeats-itself'],
  ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789', 'looks-typed'],
  ['the alphabet backwards', 'zyxwvutsrqponmlkjihgfedcba987654', 'looks-typed'],
  [
    'the ASCII table',
    String.fromCharCode(...Array.from({ length: 40 }, (_, i) => 33 + i)),
    'looks-typed',
  ],
  ['an example from a README', 'your-256-bit-secret-goes-here-please', 'looks-typed'],
  ['another example from a README', 'change-me-in-production-or-be-sorry', 'looks-typed'],
  ['a long sentence', 'this is a very long secret for sessions', 'looks-typed'],
  ['an example from a blog', 'my_super_secret_key_for_jwt_signing_123', 'looks-typed'],
  ['four words', 'correct horse battery staple correct', 'looks-typed'],
  ['words in camel case', 'ThisIsTheSecretOfTheProductionServer', 'looks-typed'],
  ['capitalized words', 'Never-Tell-Anybody-About-This-Secret!', 'looks-typed'],
  ['an example in capitals', 'CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET', 'looks-typed'],
  ['capitals without a separator', 'CHANGEMETOACOMPLEXRANDOMSECRETNOW', 'looks-typed'],
  ['capitals and digits', 'MY-SUPER-SECRET-KEY-1234567890-ABCDEF', 'looks-typed'],
  ['lower case without a separator', 'thisismysupersecretkeyforjsonwebtokens', 'looks-typed'],
  ['words in another language', 'GEHEIMES_PASSWORT_FUER_DIE_ENTWICKLUNG', 'looks-typed'],
  ['the alphabet in capitals', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 'looks-typed'],
  ['the rows of a keyboard', 'qwertyuiopasdfghjklzxcvbnm123456', 'looks-typed'],
  ['the rows of a keyboard in capitals', 'ASDFGHJKLQWERTYUIOPZXCVBNMASDFGH', 'looks-typed'],
  ['the rows of a keyboard backwards', 'poiuytrewqlkjhgfdsamnbvcxz098765', 'looks-typed'],
  ['the columns of a keyboard', '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,', 'looks-typed'],
  ['the columns of a keyboard in capitals', '1QAZ2WSX3EDC4RFV5TGB6YHN7UJM8IK9', 'looks-typed'],
  ['the columns of a keyboard with shift', '!QAZ2wsx#EDC4rfv%TGB6yhn&UJM8ik,', 'looks-typed'],
];

/** The same random bytes in every run. */
function* seededBytes(seed: string): Generator<Buffer, never> {
  for (let i = 0; ; i++) yield createHash('sha256').update(`${seed} ${i}`).digest();
}

describe('13.3.1 the check of secrets', () => {
  it.each(WEAK)('13.3.1 refuses %s: %s', (_what, secret, weakness) => {
    expect(weaknessOf(secret)).toBe(weakness);
  });

  it.each(WEAK)('13.3.1 names the remedy but not the secret for %s', (_what, secret) => {
    for (const [given, path] of [
      [secret, 'secret'],
      [Buffer.from(secret), 'secret'],
      [[Buffer.from('a7Kp2vQ9xLr4TbW8mZc1nHs6pUk3eMg5'), secret], 'secret[1]'],
    ] as const) {
      const problems = secretProblems(given);
      expect(problems.map((problem) => problem.path)).toEqual([path]);
      expect(problems[0]?.message).toContain('npx nestjs-session-kit secret');
      expect(problems[0]?.message).not.toContain(secret);
      expect(problems[0]?.message).not.toContain(secret.slice(0, 8));
    }
  });

  it('13.3.1 fails the start, even for a previous secret, without repeating it', async () => {
    const secret = ['kQ7xZp2mV9wLr4TbW8aZc1nHs6pUk3eMg5', 'change-me-in-production-or-be-sorry'];
    const refused = await startApp({ options: { secret } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SessionConfigError);
    const { message } = refused as SessionConfigError;
    expect(message).toContain('secret[1]: looks typed');
    for (const one of secret) expect(message).not.toContain(one);
  });
});

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

describe('a random secret', () => {
  /** Of each form, so 32,000 in all. */
  const ROUNDS = 4000;

  it.each<[form: string, write: (bytes: Buffer) => string | Buffer]>([
    ['base64url of 32 bytes', (bytes) => bytes.toString('base64url')],
    ['base64 of 32 bytes', (bytes) => bytes.toString('base64')],
    ['hex of 32 bytes', (bytes) => bytes.toString('hex')],
    ['hex of 32 bytes in capitals', (bytes) => bytes.toString('hex').toUpperCase()],
    ['hex of 16 bytes', (bytes) => bytes.toString('hex', 0, 16)],
    ['base32 of 20 bytes', (bytes) => [...bytes].map((byte) => BASE32[byte % 32]).join('')],
    ['32 raw bytes', (bytes) => bytes],
    [
      'a UUID',
      (bytes) => bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    ],
  ])('is accepted as %s', (form, write) => {
    const source = seededBytes(form);
    const refused = Array.from({ length: ROUNDS }, () =>
      secretProblems(write(source.next().value)),
    );
    expect(refused.flat()).toEqual([]);
  });
});
