import { describe, expect, it } from '@jest/globals';
import { secretOf } from '../../support/secret-of.js';
import { MAX_TOKEN_LENGTH } from '../../../lib/jwt/compact-jwt.js';
import type { TokenCodec } from '../../../lib/jwt/token-codec.js';
import {
  accessInput,
  base64url,
  codecWith,
  reasonOf,
  NOW,
  NOW_MS,
  partsOf,
  refreshInput,
  SECRET,
  signedAnyhow,
  valid,
} from '../fixtures.js';

/** The outcome of each use of a token. Without a valid signature all have one answer. */
function answersTo(codec: TokenCodec, token: unknown): unknown[] {
  const text = token as string;
  return [
    reasonOf(codec.verifyAccess(text, NOW_MS)),
    reasonOf(codec.verifyRefresh(text, NOW_MS)),
    codec.originOf(text, NOW_MS),
  ];
}

const ALL_INVALID = ['invalid', 'invalid', undefined];

describe('TokenCodec', () => {
  it('issues an access token with its type, the registered claims and those of the application', () => {
    const { codec, keys } = codecWith({ tokens: { issuer: 'iss', audience: 'aud' } });
    const { header, payload } = partsOf(codec.signAccess(accessInput()));
    const { kid } = keys.signingKey('access');
    expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid });
    const { app, ...registered } = accessInput();
    const own = { iss: 'iss', aud: 'aud', type: 'access' };
    expect(payload).toEqual({ ...app, ...registered, ...own });
  });

  it('issues a refresh token with its type and without claims of the application', () => {
    const { codec, keys } = codecWith();
    const { header, payload } = partsOf(codec.signRefresh(refreshInput()));
    const { kid } = keys.signingKey('refresh');
    expect(header).toEqual({ alg: 'HS256', typ: 'rt+jwt', kid });
    const own = { iss: 'nestjs-session-kit', aud: 'nestjs-session-kit', type: 'refresh' };
    expect(payload).toEqual({ ...refreshInput(), ...own });
  });

  it.each(['HS256', 'HS384', 'HS512'] as const)(
    'verifies tokens that it signed with %s',
    (algorithm) => {
      const { codec } = codecWith({ tokens: { algorithm } });
      const access = codec.signAccess(accessInput());
      const { claims, user } = valid(codec.verifyAccess(access, NOW_MS));
      expect(claims).toMatchObject({ sub: 'user-1', jti: 'access-1', role: 'admin' });
      expect(user).toEqual({ id: 'user-1', role: 'admin' });
      const refresh = codec.signRefresh(refreshInput());
      expect(valid(codec.verifyRefresh(refresh, NOW_MS)).claims).toMatchObject(refreshInput());
      expect(partsOf(access).header).toMatchObject({ alg: algorithm });
    },
  );

  it('does not let a claim of the application replace one of the token', () => {
    const { codec } = codecWith();
    const app = { sub: 'root', iss: 'x', aud: 'x', type: 'refresh', exp: 1, jti: 'x', sid: 'x' };
    const { payload } = partsOf(codec.signAccess(accessInput({ app })));
    expect(payload).toMatchObject({ sub: 'user-1', type: 'access', exp: NOW + 3600 });
    expect(payload).toMatchObject({ jti: 'access-1', iss: 'nestjs-session-kit' });
  });

  it('reports the wrong type and expiry of genuine tokens only', () => {
    const { codec } = codecWith();
    const access = codec.signAccess(accessInput());
    const refresh = codec.signRefresh(refreshInput());
    const late = (NOW + 604_800) * 1000;
    expect(reasonOf(codec.verifyAccess(refresh, NOW_MS))).toBe('wrong-type');
    expect(reasonOf(codec.verifyRefresh(access, NOW_MS))).toBe('wrong-type');
    expect(reasonOf(codec.verifyAccess(access, late))).toBe('expired');
    expect(reasonOf(codec.verifyRefresh(refresh, late))).toBe('expired');
    expect(reasonOf(codec.verifyAccess(`${access.slice(0, -43)}AAAA`, late))).toBe('invalid');
  });

  it('returns the session of a genuine token of either type, expired or not', () => {
    const { codec } = codecWith();
    const tokens = [codec.signAccess(accessInput()), codec.signRefresh(refreshInput())];
    const sid = accessInput().sid;
    for (const nowMs of [NOW_MS, NOW_MS + 1e10]) {
      expect(tokens.map((token) => codec.originOf(token, nowMs)?.sid)).toEqual([sid, sid]);
    }
  });

  it('refuses claims that make a token longer than it would accept', () => {
    const { codec } = codecWith();
    const signed = (length: number): string =>
      codec.signAccess(accessInput({ app: { fill: 'x'.repeat(length) } }));
    expect(valid(codec.verifyAccess(signed(5600), NOW_MS)).user.id).toBe('user-1');
    expect(() => signed(6200)).toThrow(TypeError);
    expect(() => signed(6200)).toThrow(`at most ${MAX_TOKEN_LENGTH} are allowed`);
  });
});

describe('TokenCodec and its keys', () => {
  const PREVIOUS = secretOf('the unit tests before');

  it('verifies tokens of a previous secret and signs with the current one', () => {
    const before = codecWith({ secret: PREVIOUS });
    const after = codecWith({ secret: [SECRET, PREVIOUS] });
    const old = before.codec.signAccess(accessInput());
    const oldRefresh = before.codec.signRefresh(refreshInput());
    expect(valid(after.codec.verifyAccess(old, NOW_MS)).user.id).toBe('user-1');
    expect(valid(after.codec.verifyRefresh(oldRefresh, NOW_MS)).claims.gen).toBe(0);
    const fresh = after.codec.signAccess(accessInput());
    expect(valid(codecWith().codec.verifyAccess(fresh, NOW_MS)).user.id).toBe('user-1');
    expect(answersTo(before.codec, fresh)).toEqual(ALL_INVALID);
  });

  it('refuses tokens of a retired secret', () => {
    const retired = codecWith({ secret: PREVIOUS }).codec;
    const { codec } = codecWith({
      secret: [SECRET, secretOf('a third')],
    });
    expect(answersTo(codec, retired.signAccess(accessInput()))).toEqual(ALL_INVALID);
    expect(answersTo(codec, retired.signRefresh(refreshInput()))).toEqual(ALL_INVALID);
  });

  it.each([
    ['issuer', { tokens: { issuer: 'staging', audience: 'nestjs-session-kit' } }],
    ['audience', { tokens: { audience: 'staging' } }],
    ['key prefix', { keyPrefix: 'staging:' }],
    ['algorithm', { tokens: { algorithm: 'HS512' as const } }],
  ])('refuses tokens of another %s under the same secret', (_what, options) => {
    const { codec } = codecWith();
    const other = codecWith(options).codec;
    expect(answersTo(codec, other.signAccess(accessInput()))).toEqual(ALL_INVALID);
    expect(answersTo(codec, other.signRefresh(refreshInput()))).toEqual(ALL_INVALID);
    expect(answersTo(other, codec.signAccess(accessInput()))).toEqual(ALL_INVALID);
  });

  it('returns the key that must have signed a token, for an external verifier', () => {
    const { codec, keys, signatures } = codecWith();
    const token = codec.signAccess(accessInput());
    expect(signatures.verificationKey(token)).toBe(keys.signingKey('access').verifyWith);
    expect(signatures.verificationKey('no token')).toBeUndefined();
    const [, payload, signature] = token.split('.');
    const header = base64url(JSON.stringify({ ...Object(partsOf(token).header), alg: 'HS512' }));
    // A kid with an algorithm of another key is not found, whatever the verifier allows.
    expect(signatures.verificationKey(`${header}.${payload}.${signature}`)).toBeUndefined();
    const foreign = codecWith({ keyPrefix: 'other:' }).codec.signAccess(accessInput());
    expect(signatures.verificationKey(foreign)).toBeUndefined();
  });
});

describe('TokenCodec with forged and malformed tokens', () => {
  const { codec, keys } = codecWith({ tokens: { issuer: 'iss', audience: 'aud' } });
  const accessKey = keys.signingKey('access');
  const refreshKey = keys.signingKey('refresh');
  const header = (changes: object = {}): string =>
    JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: accessKey.kid, ...changes });
  const { app, ...registered } = accessInput();
  const PAYLOAD = { ...registered, ...app, iss: 'iss', aud: 'aud', type: 'access' };
  const payload = (changes: object = {}): string => JSON.stringify({ ...PAYLOAD, ...changes });
  const genuine = signedAnyhow(accessKey, header(), payload());

  it('accepts a handmade token, so that the refusals below result from their one change', () => {
    expect(valid(codec.verifyAccess(genuine, NOW_MS)).claims).toEqual(PAYLOAD);
  });

  it('accepts typ with the prefix application/ (RFC 9068 section 4)', () => {
    const token = signedAnyhow(accessKey, header({ typ: 'application/at+jwt' }), payload());
    expect(valid(codec.verifyAccess(token, NOW_MS)).claims).toEqual(PAYLOAD);
  });

  const resigned = (changes: object): string => signedAnyhow(accessKey, header(changes), payload());
  it.each<[string, unknown]>([
    [
      'alg none without signature',
      `${base64url(header({ alg: 'none' }))}.${base64url(payload())}.`,
    ],
    ['alg none with a signature', resigned({ alg: 'none' })],
    ['another HMAC under the same kid', resigned({ alg: 'HS512' })],
    ['an asymmetric algorithm', resigned({ alg: 'RS256' })],
    ['the algorithm in another case', resigned({ alg: 'hs256' })],
    ['typ JWT', resigned({ typ: 'JWT' })],
    ['typ of the other type', resigned({ typ: 'rt+jwt' })],
    ['typ in another case', resigned({ typ: 'AT+JWT' })],
    ['an unknown kid', resigned({ kid: 'AAAAAAAAAAAA' })],
    ['the kid of the other key', resigned({ kid: refreshKey.kid, typ: 'rt+jwt' })],
    ['kid __proto__', resigned({ kid: '__proto__' })],
    ['a header that is not UTF-8', signedAnyhow(accessKey, Buffer.from([0xff]), payload())],
    ['a payload that is not JSON', signedAnyhow(accessKey, header(), 'text')],
    ['a payload that is a string', signedAnyhow(accessKey, header(), '"text"')],
    ['a payload that is null', signedAnyhow(accessKey, header(), 'null')],
    ['a payload that is a list', signedAnyhow(accessKey, header(), `[${payload()}]`)],
    ['a deeply nested payload', signedAnyhow(accessKey, header(), '['.repeat(5000))],
    ['another issuer', signedAnyhow(accessKey, header(), payload({ iss: 'other' }))],
    ['another audience', signedAnyhow(accessKey, header(), payload({ aud: 'other' }))],
    ['a time in the future', signedAnyhow(accessKey, header(), payload({ iat: NOW + 6 }))],
    [
      'the other type in the payload',
      signedAnyhow(accessKey, header(), payload({ type: 'refresh' })),
    ],
    [
      'a changed payload',
      genuine
        .split('.')
        .with(1, base64url(payload({ sub: 'root' })))
        .join('.'),
    ],
    ['a changed signature', genuine.split('.').with(2, 'A'.repeat(43)).join('.')],
    ['half a signature', genuine.slice(0, -23)],
    ['no token', 'hello'],
    ['an empty string', ''],
    ['a megabyte', 'A'.repeat(1_048_576)],
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['a list with a token', [genuine]],
    ['an object', { slice: null }],
  ])('refuses %s', (_what, token) => {
    expect(answersTo(codec, token)).toEqual(ALL_INVALID);
  });
});
