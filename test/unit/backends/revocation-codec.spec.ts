import { describe, expect, it } from '@jest/globals';
import type { Revocation } from 'nestjs-session-kit';
import { fieldsOf } from '../../../lib/backends/redis/codec/stream-fields.js';
import { decodeRevocation, encodeRevocation } from '../../../lib/store/log/revocation-codec.js';

const REVOCATIONS: Revocation[] = [
  { type: 'session', handle: 'abc.AAAAAAAAAAAAAAAAAAAAAA' },
  { type: 'recheck', handle: 'abc.-_AAAAAAAAAAAAAAAAAAAA' },
  { type: 'claims', handle: 'abc.AAAAAAAAAAAAAAAAAAAAAA', claimsVersion: 0 },
  { type: 'claims', handle: '__proto__', claimsVersion: 4_000_000_000 },
  { type: 'token', jti: 'constructor' },
  { type: 'everyone', epoch: 999_999 },
];

describe('a revocation log entry', () => {
  it.each(REVOCATIONS.map((one) => [one.type, one] as const))(
    'of type %s is decoded as it was encoded',
    (_type, revocation) => {
      const [type, value] = encodeRevocation(revocation);
      expect(decodeRevocation(type, value)).toEqual(revocation);
    },
  );

  it.each(['began', '', 'SESSION', 'toString', '__proto__', 'a-kind-of-next-year'])(
    'of type %j is ignored by this version',
    (type) => {
      expect(decodeRevocation(type, 'value')).toBeUndefined();
    },
  );

  it('is one of several in one flat list of fields', () => {
    const flat = REVOCATIONS.flatMap(encodeRevocation);
    expect(fieldsOf(flat).map(([type, value]) => decodeRevocation(type, value))).toEqual(
      REVOCATIONS,
    );
    expect(fieldsOf([])).toEqual([]);
    expect(fieldsOf(['session'])).toEqual([['session', '']]);
  });
});
