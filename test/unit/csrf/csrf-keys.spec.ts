import { createHmac, type KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KeyRing, type KeyScope } from '../../../lib/jwt/key-ring.js';

const SECRET = Buffer.from('the current secret, more than 32 bytes');
const PREVIOUS = Buffer.from('the previous secret, more than 32 bytes');
const TEXT = 'some text';
const SCOPE: KeyScope = { algorithm: 'HS256', issuer: 'iss', audience: 'aud', keyPrefix: 'sk:' };

/** The MAC of one text under each key: equal only for equal keys. */
const csrfKeys = (secrets: Buffer[], scope: Partial<KeyScope> = {}): string[] =>
  new KeyRing(secrets, { ...SCOPE, ...scope }).csrf.map((key) => key.mac(TEXT).toString('hex'));

describe('keys of CSRF tokens', () => {
  it('are one for each secret, the current one first, the same in every process', () => {
    const [current, previous] = [csrfKeys([SECRET]), csrfKeys([PREVIOUS])];
    expect(csrfKeys([SECRET, PREVIOUS])).toEqual([...current, ...previous]);
    expect(csrfKeys([Buffer.from(SECRET)])).toEqual(current);
    expect(current[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('differ for another secret and for each part of the scope', () => {
    const keys = [
      csrfKeys([SECRET]),
      csrfKeys([PREVIOUS]),
      csrfKeys([SECRET], { issuer: 'other' }),
      csrfKeys([SECRET], { audience: 'other' }),
      csrfKeys([SECRET], { keyPrefix: 'other:' }),
      csrfKeys([SECRET], { algorithm: 'HS384' }),
    ].flat();
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('are different from both keys of JWTs', () => {
    const ring = new KeyRing([SECRET], SCOPE);
    const ofTokens = [...ring.keys()].map(({ signWith }) =>
      createHmac('sha256', signWith as KeyObject)
        .update(TEXT)
        .digest('hex'),
    );
    expect(ofTokens).toHaveLength(2);
    expect(ofTokens).not.toContain(csrfKeys([SECRET])[0]);
  });
});
