import { describe, expect, it } from '@jest/globals';
import { credentialReader } from '../../../lib/http/read-credentials.js';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { SECRET } from '../fixtures.js';

const readCredentials = credentialReader(resolveOptions({ secret: SECRET }, false));

/** The credentials of a request with these headers, each sent as often as it is listed. */
function read(...headers: readonly (readonly [name: string, value: string])[]) {
  const values = (wanted: string) =>
    headers.filter(([name]) => name === wanted).map(([, value]) => value);
  const cookies = values('Cookie');
  const parsed = {
    // As Node parses them.
    ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
    authorization: values('Authorization')[0],
  };
  return readCredentials(parsed, headers.flat());
}

const NONE = { session: [], access: [], refresh: [], csrf: [] };

describe('the credentials of a request', () => {
  it('are the bearer token and the cookies of the module', () => {
    const cookie =
      '__Host-session=s; other=o; __Host-session-access=a; __Secure-session-refresh=r; __Host-csrf=c';
    expect(read(['Authorization', 'Bearer b'], ['Cookie', cookie])).toEqual({
      bearer: 'b',
      secret: 's',
      accessCookie: 'a',
      refreshCookie: 'r',
      csrfCookie: 'c',
      allCookies: { session: ['s'], access: ['a'], refresh: ['r'], csrf: ['c'] },
      anyCookie: true,
      ambiguous: false,
    });
  });

  it('contain no cookies of other names', () => {
    const found = { allCookies: NONE, anyCookie: false, ambiguous: false };
    expect(read(['Cookie', 'session=s; __host-session=s'])).toMatchObject(found);
    expect(read()).toMatchObject(found);
  });

  it.each([
    ['in one header', [['Cookie', '__Host-session=one; __Host-session=other']]],
    [
      'in two headers',
      [
        ['Cookie', '__Host-session=one'],
        ['Cookie', '__Host-session=other'],
      ],
    ],
  ] as const)(
    'are ambiguous with two cookies of one name %s, and none is picked',
    (_where, sent) => {
      expect(read(...sent)).toMatchObject({
        secret: undefined,
        allCookies: { ...NONE, session: ['one', 'other'] },
        anyCookie: true,
        ambiguous: true,
      });
    },
  );

  it('do not contain the value of an empty cookie', () => {
    const found = { secret: undefined, anyCookie: true, ambiguous: false };
    expect(read(['Cookie', '__Host-session='])).toMatchObject(found);
  });

  it('are ambiguous with two Authorization headers, which no token represents', () => {
    const headers = [
      ['Authorization', 'Bearer one'],
      ['Authorization', 'Bearer other'],
    ] as const;
    expect(read(...headers)).toMatchObject({ bearer: '', ambiguous: true });
  });
});
