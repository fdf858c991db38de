import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { SessionModule, SessionService, SessionStore } from 'nestjs-session-kit';
import { randomId, randomSecret } from '../../lib/core/random.js';
import { SECRET } from '../support/test-app.js';
import { claimsOf } from '../support/forge.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** One session with all its unguessable values. */
async function openSession(userId: string) {
  const module = await Test.createTestingModule({
    imports: [SessionModule.forRoot({ secret: SECRET })],
  }).compile();
  const sessions = module.get(SessionService);
  const { secret } = await sessions.create({ transport: 'cookie', userId });
  const { session, tokens } = await sessions.create({ transport: 'bearer', userId });
  const { accessToken, refreshToken } = tokens;
  const record = await module.get(SessionStore).read(session.handle);
  return {
    secret: secret.split('.')[1] as string,
    handle: session.handle.split('.')[1] as string,
    accessJti: String(claimsOf(accessToken)['jti']),
    refreshJti: String(claimsOf(refreshToken)['jti']),
    lineage: String(record?.lineage),
    writeId: String(record?.writeId),
  };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each([
  ['id', randomId, 16],
  ['secret', randomSecret, 32],
] as const)('100,000 values of a random %s', (_what, make, length) => {
  const COUNT = 100_000;

  it('7.2.3 are unique, long enough and balanced in every bit', () => {
    const values = Array.from({ length: COUNT }, make);
    expect(new Set(values).size).toBe(COUNT);
    const ones = new Uint32Array(length * 8);
    let lengths = 0;
    for (const value of values) {
      const bytes = Buffer.from(value, 'base64url');
      lengths += bytes.length;
      for (let bit = 0; bit < ones.length; bit++) {
        ones[bit]! += ((bytes[bit >> 3] as number) >> (bit & 7)) & 1;
      }
    }
    expect(lengths).toBe(COUNT * length);
    // Seven standard deviations (158): chance fails it once in a billion runs.
    expect(Math.min(...ones)).toBeGreaterThan(COUNT / 2 - 1107);
    expect(Math.max(...ones)).toBeLessThan(COUNT / 2 + 1107);
  });
});

describe('unguessable values', () => {
  it('7.2.3 do not come from Math.random', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const [a, b] = [await openSession('u1'), await openSession('u1')];
    for (const name of Object.keys(a) as (keyof typeof a)[]) expect(a[name]).not.toBe(b[name]);
    expect(random).not.toHaveBeenCalled();
  });

  it('11.5.1 have at least 128 bits, and none is a UUID', async () => {
    for (const value of Object.values(await openSession('u1'))) {
      expect(value).toMatch(/^[\w-]+$/);
      expect(Buffer.from(value, 'base64url').length).toBeGreaterThanOrEqual(16);
      expect(value).not.toMatch(UUID);
    }
  });

  it('CS-Session "content" reveal neither user nor time, and two share no more than the tag', async () => {
    const userId = 'tenant-7:alice@example.com';
    const [a, b] = [await openSession(userId), await openSession(userId)];
    for (const name of Object.keys(a) as (keyof typeof a)[]) {
      const bytes = Buffer.from(a[name], 'base64url').toString('latin1');
      for (const word of ['alice', 'tenant', String(Date.now()).slice(0, 6)]) {
        expect(`${bytes} ${a[name]}`).not.toContain(word);
      }
      expect(a[name].slice(0, 8)).not.toBe(b[name].slice(0, 8));
    }
  });
});
