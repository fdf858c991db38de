import { describe, expect, it } from '@jest/globals';
import type { AccessClaims, SessionClaims } from 'nestjs-session-kit';
import { appClaims, userOf } from '../../../lib/jwt/token-claims.js';
import { accessInput } from '../fixtures.js';

const RESERVED =
  'sub sid lin jti iss aud iat exp nbf type typ auth_time gen cver epoch cnf id __proto__ constructor prototype';
const claimed = (name: string): SessionClaims =>
  JSON.parse(`{"email":"a@example.com","${name}":"x"}`) as SessionClaims;

/** Claims with this odd number of bytes as JSON. */
const sized = (bytes: number) => ({ name: 'é'.repeat((bytes - '{"name":""}'.length) / 2) });

describe('appClaims', () => {
  it.each(RESERVED.split(' '))('refuses the reserved name %s and names it', (name) => {
    expect(() => appClaims(claimed(name))).toThrow(TypeError);
    expect(() => appClaims(claimed(name))).toThrow(`claims: ${name} cannot be used`);
  });

  it('finds a reserved name that only toJSON adds, as in documents of a database', () => {
    const user = { toJSON: () => ({ id: 'another user', email: 'a@example.com' }) };
    expect(() => appClaims(user)).toThrow('claims: id cannot be used');
  });

  it.each([undefined, null, [], ['role'], 'role', 5, true, new Date(0)])(
    'refuses %j as claims',
    (claims) => {
      expect(() => appClaims(claims as never)).toThrow('claims must be an object');
    },
  );

  it('refuses more than 4096 bytes of JSON', () => {
    expect(appClaims(sized(4095))).toEqual(sized(4095));
    expect(() => appClaims(sized(4097))).toThrow('claims have more than 4096 bytes of JSON');
  });

  it('returns an independent copy, as parsed from JSON', () => {
    const written = { role: 'admin', gone: undefined, at: new Date(0), list: [{ a: 1 }] };
    const claims = appClaims(written);
    written.list[0]!.a = 2;
    expect(claims).toEqual({ role: 'admin', at: '1970-01-01T00:00:00.000Z', list: [{ a: 1 }] });
    expect(claims).not.toHaveProperty('gone');
  });
});

describe('userOf', () => {
  it('contains the id and the claims of the application, and no other claims of the token', () => {
    const { app: _app, ...registered } = accessInput();
    const own = { email: 'a@example.com', roles: ['a', 'b'] };
    const claims = { ...registered, iss: 'iss', aud: 'aud', type: 'access' as const, ...own };
    const user = userOf(claims satisfies AccessClaims);
    expect(user).toEqual({ id: 'user-1', ...own });
    expect(Object.isFrozen(user)).toBe(true);
  });
});
