import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { SessionRecord } from 'nestjs-session-kit';
import { userDigest } from '../../../lib/rules/handle.js';
import {
  decodeRecord,
  encodeRecord,
  encodeTime,
  encodeVersion,
  HEAD,
  HEAD_LENGTH,
} from '../../../lib/backends/redis/codec/record-codec.js';
import { ROUNDS_TIMEOUT_MS, seededRounds } from '../../support/rounds.js';
import { NOW_MS, recordOf } from '../fixtures.js';

/** The widest time that the head can hold: the year 2286. */
const time = fc.nat({ max: 9_999_999_999_999 });
const text = fc.string({ unit: 'binary' });
const seconds = fc.nat({ max: 9_999_999_999 });
const stamp = fc.record({ jti: text, iat: seconds, exp: seconds });
const device = fc.record({ ip: text, userAgent: text, label: text }, { requiredKeys: [] });

const refresh = fc.record(
  { gen: fc.nat(), current: stamp, previous: stamp, rotatedAtMs: time },
  { requiredKeys: ['gen', 'current', 'rotatedAtMs'] },
);

const record: fc.Arbitrary<SessionRecord> = fc.record(
  {
    handle: text,
    version: fc.nat({ max: 9_999_999_999 }),
    epoch: fc.nat({ max: 999_999 }),
    writeId: text,
    userId: text,
    lineage: text,
    transport: fc.constantFrom('bearer' as const, 'cookie' as const, 'bearer-cookie' as const),
    persistent: fc.boolean(),
    claims: fc.dictionary(text, fc.jsonValue()),
    claimsVersion: fc.nat(),
    data: fc.dictionary(text, fc.jsonValue()),
    device,
    createdAtMs: time,
    lastSeenAtMs: time,
    authenticatedAtMs: time,
    idleTimeoutMs: time,
    absoluteExpiresAtMs: time,
    refresh,
    handleMac: fc.base64String({ minLength: 1 }),
    deniedTokens: fc.array(fc.record({ jti: text, exp: seconds }), { maxLength: 16 }),
  },
  // A session without tokens has no `refresh`, a record of an older version no `handleMac`.
  {
    requiredKeys: [
      'handle',
      'version',
      'epoch',
      'writeId',
      'userId',
      'lineage',
      'transport',
      'persistent',
      'claims',
      'claimsVersion',
      'data',
      'device',
      'createdAtMs',
      'lastSeenAtMs',
      'authenticatedAtMs',
      'idleTimeoutMs',
      'absoluteExpiresAtMs',
      'deniedTokens',
    ],
  },
) as fc.Arbitrary<SessionRecord>;

/** The fields of the head that are read as numbers. */
const NUMBERS = [
  'version',
  'epoch',
  'lastSeenAtMs',
  'createdAtMs',
  'idleTimeoutMs',
  'absoluteExpiresAtMs',
] as const;

/** The value that Redis returns for a stored string: its UTF-8. */
const stored = (value: string): string => Buffer.from(value).toString();

describe('the record codec', () => {
  it(
    'decodes every record as JSON would',
    () => {
      const property = fc.property(record, (written) => {
        const read = decodeRecord(stored(encodeRecord(written)));
        expect(read).toEqual(JSON.parse(JSON.stringify(written)));
      });
      fc.assert(property, seededRounds(50_000));
    },
    ROUNDS_TIMEOUT_MS,
  );

  it('writes a head of fixed width with fields at the offsets that scripts use', () => {
    fc.assert(
      fc.property(record, (written) => {
        const value = encodeRecord(written);
        const field = ([first, last]: readonly [number, number]): string =>
          value.slice(first, last + 1);
        expect({
          version: field(HEAD.version),
          lastSeenAtMs: field(HEAD.lastSeenAtMs),
          createdAtMs: field(HEAD.createdAtMs),
          idleTimeoutMs: field(HEAD.idleTimeoutMs),
          absoluteExpiresAtMs: field(HEAD.absoluteExpiresAtMs),
          user: field(HEAD.user),
        }).toEqual({
          version: encodeVersion(written.version),
          lastSeenAtMs: encodeTime(written.lastSeenAtMs),
          createdAtMs: encodeTime(written.createdAtMs),
          idleTimeoutMs: encodeTime(written.idleTimeoutMs),
          absoluteExpiresAtMs: encodeTime(written.absoluteExpiresAtMs),
          user: userDigest(written.userId),
        });
        expect(value.slice(HEAD_LENGTH - 1, HEAD_LENGTH + 1)).toBe('|[');
      }),
    );
  });

  it('appends new fields after those that an older version reads', () => {
    const { refresh: _none, ...cookie } = recordOf({ transport: 'cookie', handleMac: 'mac' });
    const [withChain, without] = [recordOf({ handleMac: 'mac' }), cookie].map(
      (written) => JSON.parse(encodeRecord(written).slice(HEAD_LENGTH)) as unknown[],
    );
    // It takes the thirteenth element for the refresh state if that is neither absent, null, nor
    // empty.
    expect(withChain?.slice(11)).toEqual([[], recordOf().refresh, 'mac']);
    expect(without?.slice(11)).toEqual([[], null, 'mac']);
  });

  it('reads records of an older version: no MAC, and without tokens no refresh state', () => {
    const { refresh: chain, ...cookie } = recordOf({ transport: 'cookie' });
    for (const [written, elements] of [
      [{ ...cookie, refresh: chain }, 13],
      [cookie, 12],
    ] as const) {
      const value = encodeRecord(written as SessionRecord);
      const rest = JSON.parse(value.slice(HEAD_LENGTH)) as unknown[];
      const old = value.slice(0, HEAD_LENGTH) + JSON.stringify(rest.slice(0, elements));
      expect(decodeRecord(old)).toEqual(written);
    }
  });

  it('encodes times so that they compare as strings as they do as numbers', () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(encodeTime(a) < encodeTime(b)).toBe(a < b);
      }),
    );
  });

  it.each([
    [0, '0000000000000'],
    [-5, '0000000000000'],
    [1.9, '0000000000001'],
    [NOW_MS, '1795521600000'],
  ])('encodes %d ms as %s', (milliseconds, encoded) => {
    expect(encodeTime(milliseconds)).toBe(encoded);
  });

  it('treats a damaged value as absent, and reveals nothing of it', () => {
    const value = encodeRecord(recordOf({ data: { note: 'private words' } }));
    const damaged = [
      value.slice(0, -1),
      `${value}private words`,
      value.slice(0, HEAD_LENGTH) + 'private words',
      value.slice(0, HEAD_LENGTH) + '{"handle":"private words"}',
      value.slice(0, HEAD_LENGTH) + '["private words"]',
      ...NUMBERS.map(
        (name) => `${value.slice(0, HEAD[name][0])}x${value.slice(HEAD[name][0] + 1)}`,
      ),
      'private words',
      '',
    ];
    expect(damaged.map(decodeRecord)).toEqual(damaged.map(() => null));
  });
});
