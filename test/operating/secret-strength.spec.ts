import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SessionConfigError } from 'nestjs-session-kit';
import { secretProblems } from '../../lib/options/secret.js';
import { weaknessOf } from '../../lib/options/secret-strength.js';
import { startApp } from '../support/test-app.js';

const WEAK: [what: string, secret: string, weakness: string][] = [
  ['one character', 'x'.repeat(32), 'few-characters'],
  ['few characters', 'abababcdcdcdabababcdcdcdefefefab', 'few-characters'],
  ['zeros and ones', '01101001011001101001011001101001', 'few-characters'],
  ['a word again and again', 'password1password1password1password1', 'repeats-itself'],
  ['ten digits again and again', '7391846205'.repeat(4), 'repeats-itself'],
  ['a random half twice', 'kQ7xZp2mV9wLr4Tb'.repeat(2), 'repeats-itself'],
  ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789', 'counts-up'],
  ['the alphabet backwards', 'zyxwvutsrqponmlkjihgfedcba987654', 'counts-up'],
  [
    'the ASCII table',
    String.fromCharCode(...Array.from({ length: 40 }, (_, i) => 33 + i)),
    'counts-up',
  ],
  ['an example of a README', 'your-256-bit-secret-goes-here-please', 'reads-like-words'],
  ['another of a README', 'change-me-in-production-or-be-sorry', 'reads-like-words'],
  ['a long sentence', 'this is a very long secret for sessions', 'reads-like-words'],
  ['an example of a blog', 'my_super_secret_key_for_jwt_signing_123', 'reads-like-words'],
  ['four words', 'correct horse battery staple correct', 'reads-like-words'],
  ['words in camel case', 'ThisIsTheSecretOfTheProductionServer', 'reads-like-words'],
  ['words in capitals at their start', 'Never-Tell-Anybody-About-This-Secret!', 'reads-like-words'],
];

/** The same random bytes in every run. */
function* seededBytes(seed: string): Generator<Buffer, never> {
  for (let i = 0; ; i++) yield createHash('sha256').update(`${seed} ${i}`).digest();
}

describe('13.3.1 a secret that was typed, copied or made by a pattern', () => {
  it.each(WEAK)('13.3.1 %s is refused: %s', (_what, secret, weakness) => {
    expect(weaknessOf(secret)).toBe(weakness);
  });

  it.each(WEAK)(
    '13.3.1 for %s the message names the remedy and not the secret',
    (_what, secret) => {
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
    },
  );

  it('13.3.1 stops the start, previous secrets included, without being repeated', async () => {
    const secret = ['kQ7xZp2mV9wLr4TbW8aZc1nHs6pUk3eMg5', 'change-me-in-production-or-be-sorry'];
    const refused = await startApp({ options: { secret } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SessionConfigError);
    const { message } = refused as SessionConfigError;
    expect(message).toContain('secret[1]: reads like words');
    for (const one of secret) expect(message).not.toContain(one);
  });
});

describe('a random secret', () => {
  it.each<[form: string, write: (bytes: Buffer) => string | Buffer]>([
    ['base64url of 32 bytes', (bytes) => bytes.toString('base64url')],
    ['base64 of 32 bytes', (bytes) => bytes.toString('base64')],
    ['hex of 32 bytes', (bytes) => bytes.toString('hex')],
    ['hex of 16 bytes', (bytes) => bytes.toString('hex', 0, 16)],
    ['32 raw bytes', (bytes) => bytes],
    [
      'a UUID',
      (bytes) => bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    ],
  ])('as %s is accepted: of 10,000 at most 3 are not', (form, write) => {
    const source = seededBytes(form);
    let refused = 0;
    for (let i = 0; i < 10_000; i++) {
      if (secretProblems(write(source.next().value)).length > 0) refused++;
    }
    expect(refused).toBeLessThanOrEqual(3);
  });
});
