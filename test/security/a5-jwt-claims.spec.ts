import { beforeAll, describe, expect, it } from '@jest/globals';
import { ADAPTERS } from '../support/test-app.js';
import { claimsOf, Forge, type Json } from '../support/forge.js';
import { useAttackTarget } from '../support/apps/use-attack-target.js';
import {
  INVALID_TOKEN,
  request,
  logIn,
  allowed,
  refresh,
  denied,
  TOKEN_EXPIRED,
} from '../support/apps/attack-target.controller.js';

const forge = new Forge();

/** Genuinely signed tokens with one changed claim. */
type Change = (claims: Json) => Json | string | Buffer;
type Row = readonly [id: string, what: string, change: Change];

const set =
  (name: string, value: unknown): Change =>
  (claims) => ({ ...claims, [name]: value });

const valued = (id: string, name: string, value: unknown): Row => [
  id,
  `${name} of ${JSON.stringify(value)}`,
  set(name, value),
];

const without =
  (name: string): Change =>
  ({ [name]: _gone, ...claims }) =>
    claims;

/** The JSON of the claims with one value in a form that JSON.stringify cannot write. */
const literally =
  (name: string, literal: string): Change =>
  (claims) =>
    JSON.stringify({ ...claims, [name]: 'LITERAL' }).replace('"LITERAL"', literal);

const NO_DATES: unknown[] = [
  '9999999999',
  -1,
  1e308,
  null,
  true,
  [9_999_999_999],
  { valueOf: 9_999_999_999 },
];

const noDate = (name: string): Row[] => [
  ['9.2.1', `no ${name}`, without(name)],
  ...NO_DATES.map((value) => valued('9.2.1', name, value)),
  ['9.2.1', `${name} of 1.5e400`, literally(name, '1.5e400')],
  ['9.2.1', `${name} of -1e400`, literally(name, '-1e400')],
];

const NOT_YET: Row[] = [
  ...['60', null, -1, {}].map((nbf) => valued('9.2.1', 'nbf', nbf)),
  ['9.2.1', 'nbf in a minute', (claims) => ({ ...claims, nbf: Number(claims['iat']) + 60 })],
  [
    'RFC 7519 §4.1.4',
    'nbf in 6 seconds, more than the leeway',
    (c) => ({ ...c, nbf: Number(c['iat']) + 6 }),
  ],
  ['RFC 7519 §4.1.4', 'iat 6 seconds ahead', (c) => ({ ...c, iat: Number(c['iat']) + 6 })],
];

const OURS = 'nestjs-session-kit';
const AUDIENCES: unknown[] = [
  [],
  'other',
  'nestjs-session',
  `${OURS}-staging`,
  OURS.toUpperCase(),
  '',
  null,
  { [OURS]: true },
  { 0: OURS, length: 1 },
  ['other'],
  [[OURS]],
  `${OURS} other`,
];

const WHO_FOR_WHOM: Row[] = [
  ['9.2.3', 'no aud', without('aud')],
  ...AUDIENCES.map((aud) => valued('9.2.3', 'aud', aud)),
  ['8725bis §3.8', 'no iss', without('iss')],
  ...['other', [OURS], null, `${OURS}/`, {}].map((iss) => valued('8725bis §3.8', 'iss', iss)),
];

const NO_NAMES: unknown[] = [0, 1, '', null, true, ['u1'], { id: 'u1' }];

const noName = (name: string): Row[] => [
  ['15.3.5', `no ${name}`, without(name)],
  ...NO_NAMES.map((value) => valued('15.3.5', name, value)),
];

const TYPES: Row[] = [
  ['9.2.2', 'no type', without('type')],
  ...['refresh', 'ACCESS', 'id', null, ['access']].map((type) => valued('9.2.2', 'type', type)),
  ['15.3.5', 'auth_time of a string', set('auth_time', '0')],
  ['15.3.5', 'a claims version of a string', set('cver', '0')],
  ['15.3.5', 'a claims version of -1', set('cver', -1)],
  ['15.3.5', 'an epoch of a string', set('epoch', '0')],
  ['15.3.5', 'an epoch of -1', set('epoch', -1)],
];

const bytes = (claims: Json): Buffer => Buffer.from(JSON.stringify({ ...claims, note: '~' }));

const PAYLOADS: Row[] = [
  ['8725bis §3.7', 'a byte that is not UTF-8', (c) => replaced(bytes(c), '~', Buffer.from([0xff]))],
  ['8725bis §3.7', 'an overlong form', (c) => replaced(bytes(c), '~', Buffer.from([0xc0, 0xaf]))],
  [
    '8725bis §3.7',
    'a surrogate in UTF-8',
    (c) => replaced(bytes(c), '~', Buffer.from([0xed, 0xa0, 0x80])),
  ],
  ['8725bis §3.7', 'a payload in UTF-16', (c) => Buffer.from(JSON.stringify(c), 'utf16le')],
  ['8725bis §3.7', 'a byte order mark', (c) => `\uFEFF${JSON.stringify(c)}`],
  ['RFC 7519 §7.2', 'a payload of null', () => 'null'],
  ['RFC 7519 §7.2', 'a payload of an array', (c) => JSON.stringify([c])],
  ['RFC 7519 §7.2', 'a payload of text', (c) => JSON.stringify(JSON.stringify(c))],
  ['RFC 7519 §7.2', 'a payload that is not JSON', () => 'x'],
  ['RFC 7519 §7.2', 'an empty object', () => '{}'],
  ['RFC 7519 §7.2', 'a comment after it', (c) => `${JSON.stringify(c)}//`],
  ['15.3.6', 'all claims in __proto__', (c) => `{"__proto__":${JSON.stringify(c)}}`],
  ['15.2.2', '2500 nested arrays', () => `${'['.repeat(2500)}${']'.repeat(2500)}`],
];

function replaced(text: Buffer, what: string, by: Buffer): Buffer {
  const at = text.indexOf(what);
  return Buffer.concat([text.subarray(0, at), by, text.subarray(at + what.length)]);
}

const TYPS = [
  'JWT',
  'jwt',
  'rt+jwt',
  'application/rt+jwt',
  'AT+JWT',
  'at+jwt ',
  'at',
  'id+jwt',
  'application/application/at+jwt',
  '',
];

const FORGED = [
  ...['exp', 'iat'].flatMap(noDate),
  ...NOT_YET,
  ...WHO_FOR_WHOM,
  ...['sub', 'sid', 'jti'].flatMap(noName),
  ...TYPES,
  ...PAYLOADS,
];

describe.each(ADAPTERS)('claims of a genuinely signed JWT on %s', (adapter) => {
  const target = useAttackTarget(adapter);
  let claims: Json;

  beforeAll(async () => {
    claims = claimsOf((await logIn(target.url, 'u1')).accessToken);
  });

  it.each(FORGED)('%s %s is refused', async (_id, _what, change) => {
    expect(await request(target, forge.sign(change(claims)))).toEqual(denied(INVALID_TOKEN));
  });

  it.each(TYPS)('9.2.2 typ "%s" is refused', async (typ) => {
    const token = forge.sign(claims, { ...forge.header(), typ });
    expect(await request(target, token)).toEqual(denied(INVALID_TOKEN));
  });

  it('9.2.2 typ that is missing or not a string is refused', async () => {
    const { typ: _typ, ...header } = forge.header();
    for (const bad of [header, { ...header, typ: null }, { ...header, typ: ['at+jwt'] }]) {
      expect(await request(target, forge.sign(claims, bad))).toEqual(denied(INVALID_TOKEN));
    }
  });

  it.each(['at+jwt', 'application/at+jwt'])('9.2.2 typ "%s" passes', async (typ) => {
    const token = forge.sign(claims, { ...forge.header(), typ });
    expect(await request(target, token)).toEqual(allowed({ id: 'u1' }));
  });

  it.each([[[OURS, 'other']], [['other', OURS]], [OURS]])(
    '9.2.3 aud %j is accepted',
    async (aud) => {
      expect(await request(target, forge.sign({ ...claims, aud }))).toEqual(allowed({ id: 'u1' }));
    },
  );

  it('9.2.1 exp equal to now has expired, one second later has not', async () => {
    const now = Math.floor(target.clock.nowMs() / 1000);
    const ends = (exp: number): string => forge.sign({ ...claims, iat: now - 10, exp });
    expect(await request(target, ends(now))).toEqual(denied(TOKEN_EXPIRED));
    expect(await request(target, ends(now - 1))).toEqual(denied(TOKEN_EXPIRED));
    expect(await request(target, ends(now + 1))).toEqual(allowed({ id: 'u1' }));
  });

  it('RFC 7519 §4.1.4 nbf and iat tolerate a clock difference of 5 seconds', async () => {
    const ahead = Math.floor(target.clock.nowMs() / 1000) + 5;
    const token = forge.sign({ ...claims, iat: ahead, nbf: ahead });
    expect(await request(target, token)).toEqual(allowed({ id: 'u1' }));
  });

  it('RFC 7519 §4 the last of two equal members counts, for every parser', async () => {
    const twice = (name: string, first: unknown): string =>
      JSON.stringify(claims).replace('{', `{${JSON.stringify(name)}:${JSON.stringify(first)},`);
    expect(await request(target, forge.sign(twice('sub', 'admin')))).toEqual(allowed({ id: 'u1' }));
    const lastIsOther = JSON.stringify(claims).replace(/}$/, ',"sub":"admin"}');
    expect((await request(target, forge.sign(lastIsOther))).ran).toEqual([]);
    const lastExpired = JSON.stringify(claims).replace(/}$/, ',"exp":1}');
    expect(await request(target, forge.sign(lastExpired))).toEqual(denied(TOKEN_EXPIRED));
  });

  it('10.3.3 the subject of another user, or none, is refused for this session', async () => {
    await logIn(target.url, 'u2');
    for (const sub of ['u2', 'deleted', 'U1', 'u1 ']) {
      const { answers, ran } = await request(target, forge.sign({ ...claims, sub }));
      expect({ answers: answers.map((answer) => answer.slice(0, 3)), ran }).toEqual({
        answers: ['401', '401'],
        ran: [],
      });
    }
  });

  it('15.3.6 claims named like properties of Object pollute no prototype and do not reach the user', async () => {
    const hostile = '"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}';
    const token = forge.sign(JSON.stringify(claims).replace('{', `{${hostile},`));
    expect(await request(target, token)).toEqual(allowed({ id: 'u1' }));
    expect(({} as Json)['admin']).toBeUndefined();
  });

  it('9.2.2 the key of one token type is not accepted for another', async () => {
    const { accessToken, refreshToken } = await logIn(target.url, 'u1');
    const disguised = forge.sign(claimsOf(accessToken), forge.header('refresh'), 'refresh');
    expect(await request(target, disguised)).toEqual(denied(INVALID_TOKEN));
    const swapped = forge.sign(claimsOf(refreshToken), forge.header('access'), 'access');
    expect((await refresh(target.url, swapped)).answer).toBe(INVALID_TOKEN);
    expect((await refresh(target.url, refreshToken)).answer).toBe('200');
  });
});
