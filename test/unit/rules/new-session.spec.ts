import { describe, expect, it } from '@jest/globals';
import { BadRequestException } from '@nestjs/common';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { type CreateInput, newSession } from '../../../lib/rules/new-session.js';
import type { SessionRecord } from '../../../lib/rules/session-record.js';
import type { Transport } from '../../../lib/core/session.js';
import { NOW_MS, SECRET } from '../fixtures.js';

const OPTIONS = resolveOptions(
  {
    secret: SECRET,
    tokens: { accessTtlSeconds: 10, refreshTtlSeconds: 50 },
    session: { idleTimeoutSeconds: 20, absoluteTimeoutSeconds: 100 },
  },
  false,
);
const opened = (
  input: Partial<CreateInput> = {},
  transport: Transport = 'bearer',
  persistent = false,
): Omit<SessionRecord, 'handle'> =>
  newSession({ userId: 'user-1', ...input }, { transport, persistent }, OPTIONS, {
    nowMs: NOW_MS,
    epoch: 4,
  });

describe('newSession', () => {
  it('starts the first version now, with only the given values', () => {
    const { writeId, lineage, ...record } = opened();
    expect(record).toEqual({
      version: 1,
      userId: 'user-1',
      epoch: 4,
      transport: 'bearer',
      persistent: false,
      claims: {},
      claimsVersion: 0,
      data: {},
      device: {},
      createdAtMs: NOW_MS,
      lastSeenAtMs: NOW_MS,
      authenticatedAtMs: NOW_MS,
      idleTimeoutMs: 50_000,
      absoluteExpiresAtMs: NOW_MS + 100_000,
      deniedTokens: [],
    });
    expect(new Set([writeId, lineage, opened().writeId, opened().lineage]).size).toBe(4);
  });

  it.each<[Transport, string, number]>([
    ['bearer', 'life of a refresh token', 50_000],
    ['bearer-cookie', 'life of a refresh token', 50_000],
    ['cookie', 'idle timeout', 20_000],
  ])('gives a %s session the %s', (transport, _what, idleTimeoutMs) => {
    expect(opened({}, transport)).toMatchObject({ transport, idleTimeoutMs });
  });

  it.each<Transport>(['cookie', 'bearer-cookie'])(
    'gives a persistent %s session its own lifetimes',
    (transport) => {
      expect(opened({}, transport, true)).toMatchObject({
        persistent: true,
        idleTimeoutMs: 2_592_000_000,
        absoluteExpiresAtMs: NOW_MS + 7_776_000_000,
      });
    },
  );

  it('keeps only known properties of a device, of limited length', () => {
    const device = { label: 'x'.repeat(1000), serial: 'y' };
    expect(opened({ device }).device).toEqual({ label: 'x'.repeat(256) });
    expect(() => opened({ device: { label: 5 as never } })).toThrow('device.label');
  });

  it('keeps claims, data and device as copies', () => {
    const claims = { roles: ['admin'] };
    const data = { cart: [1] };
    const record = opened({ claims, data, device: { label: 'phone' } });
    claims.roles.push('root');
    data.cart.push(2);
    expect(record).toMatchObject({
      claims: { roles: ['admin'] },
      data: { cart: [1] },
      device: { label: 'phone' },
    });
  });

  it('refuses claims and data that JSON cannot represent', () => {
    expect(() => opened({ claims: { sub: 'root' } })).toThrow(TypeError);
    expect(() => opened({ data: { constructor: 1 } as object })).toThrow(BadRequestException);
  });
});
