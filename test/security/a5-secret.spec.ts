import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SessionConfigError } from 'nestjs-session-kit';
import { startApp } from '../support/test-app.js';

/** The error message of the module, '' if it starts. */
async function complaintAbout(options: object): Promise<string> {
  try {
    const app = await startApp({ options });
    await app.close();
    return '';
  } catch (error) {
    if (error instanceof SessionConfigError) return error.message;
    throw error;
  }
}

describe('13.3.1 the secret', () => {
  it.each([
    undefined,
    null,
    '',
    [],
    'too short',
    Buffer.alloc(31),
    ['x'.repeat(32), 'short'],
    42,
    {},
  ])('13.3.1 %j prevents the start', async (secret) => {
    expect(await complaintAbout({ secret })).toContain('secret');
  });

  it('13.3.1 is not repeated in any message', async () => {
    const given = ['hunter2', 'correct horse battery'];
    const complaints = await Promise.all([
      ...given.map((secret) => complaintAbout({ secret })),
      complaintAbout({ secret: given }),
      complaintAbout({ redis: { url: 'http://:hunter2@example.com' } }),
      complaintAbout({ redis: 'redis://:hunter2@example.com' }),
      complaintAbout({ tokens: { algorithm: 'hunter2' } }),
    ]);
    for (const complaint of complaints) {
      expect(complaint).not.toBe('');
      for (const secret of given) expect(complaint).not.toContain(secret);
    }
  });

  it('11.2.3 is accepted with as many bytes as SHA-256 has, in characters of one byte or more', async () => {
    expect(await complaintAbout({ secret: 'rJ0vXq7LwT4bR8yZc1nHs6pUk3eMg5aD' })).toBe('');
    expect(
      await complaintAbout({
        secret:
          '\u00e4\u00f6\u00fc\u00df\u00e9\u00e8\u00ea\u00e0\u00e2\u00e7\u00f1\u00f8\u00e5\u00ed\u00f3\u00fa',
      }),
    ).toBe('');
    expect(await complaintAbout({ secret: randomBytes(32) })).toBe('');
    expect(await complaintAbout({ secret: '\u00e4'.repeat(15) })).toContain('has 30 bytes');
  });
});

describe('9.1.2 the algorithm', () => {
  it.each(['none', 'None', 'hs256', 'RS256', 'ES256', 'HS1', '', [], ['none', 'HS256']])(
    '9.1.2 %j is refused at start',
    async (algorithm) => {
      expect(await complaintAbout({ tokens: { algorithm } })).toContain('tokens.algorithm');
    },
  );

  it.each(['algorithms', 'publicKey', 'secretOrKey', 'verifyOptions', 'ignoreExpiration'])(
    '9.1.2 is not configurable by a list: tokens.%s is an unknown option',
    async (name) => {
      expect(await complaintAbout({ tokens: { [name]: ['none'] } })).toContain(`tokens.${name}`);
    },
  );
});

describe('13.3.1 the source of the package', () => {
  /**
   * At least 128 bits in hexadecimal, or 32 characters of base64 that are neither words nor a path.
   */
  const KEY_LIKE = /(?<![\w+/-])(?:[0-9a-f]{32,}|(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Z])[\w+/=-]{32,})/gi;
  const PEM = /-----BEGIN [A-Z ]+-----/g;
  const library = join(import.meta.dirname, '../../lib');

  it('13.3.1 contains nothing that resembles a key', () => {
    const files = readdirSync(library, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    expect(files.length).toBeGreaterThan(50);
    const found = files.flatMap((name) => {
      const text = readFileSync(join(library, name), 'utf8');
      return [...(text.match(KEY_LIKE) ?? []), ...(text.match(PEM) ?? [])].map(
        (key) => `${name}: ${key}`,
      );
    });
    expect(found).toEqual([]);
  });

  it('13.3.1 is searched by patterns that find keys', () => {
    for (const planted of [
      `'${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}'`,
      '"d41d8cd98f00b204e9800998ecf8427e"',
      '= `x3Jq9_Zk-LmN0pQrStUvWxYz12345678`',
    ]) {
      expect(planted.match(KEY_LIKE)).toHaveLength(1);
    }
  });
});
