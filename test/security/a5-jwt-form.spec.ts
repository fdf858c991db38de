import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TokenService } from 'nestjs-session-kit';
import { ADAPTERS } from '../support/test-app.js';
import { claimsOf, encoded, Forge, type Json, otherSpellings, sealed } from '../support/forge.js';
import { useAttackTarget } from '../support/apps/use-attack-target.js';
import {
  INVALID_TOKEN,
  request,
  logIn,
  allowed,
  refresh,
  denied,
} from '../support/apps/attack-target.controller.js';

interface Loot {
  /** A live access token. */
  readonly token: string;
  readonly claims: Json;
  /** Header, payload and signature of the token. */
  readonly parts: readonly [string, string, string];
}

type Attack = readonly [id: string, what: string, make: (loot: Loot) => string];

const forge = new Forge();
const genuine = forge.header();
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { publicKey: ecPublicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Signed with the genuine key, so that only the header decides. */
const withHeader =
  (header: Json | string | Buffer) =>
  ({ claims }: Loot): string =>
    forge.sign(claims, header);

const withParts =
  (change: (header: string, payload: string, signature: string) => string) =>
  ({ parts }: Loot): string =>
    change(...parts);

const NONE: Attack[] = ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => [
  ['9.1.2', `alg "${alg}" with an empty signature`, unsigned(alg, '.')],
  ['9.1.2', `alg "${alg}" without a third part`, unsigned(alg, '')],
  ['9.1.2', `alg "${alg}" with the genuine signature`, withHeader({ ...genuine, alg })],
]);

function unsigned(alg: string, end: string): Attack[2] {
  return ({ claims }) => `${encoded({ ...genuine, alg })}.${encoded(claims)}${end}`;
}

const ALGORITHMS: Attack[] = [
  ...['hs256', 'Hs256', 'HS256 ', ' HS256', 'HS384', 'HS512', 'RS256', 'ES256', 'PS256'].map(
    (alg): Attack => [
      '8725bis §3.1',
      `alg "${alg}" for a key of HS256`,
      withHeader({ ...genuine, alg }),
    ],
  ),
  ...[256, null, true, ['HS256'], { name: 'HS256' }].map((alg): Attack => [
    '8725bis §3.1',
    `alg ${JSON.stringify(alg)}`,
    withHeader({ ...genuine, alg }),
  ]),
  ['8725bis §3.1', 'no alg', withHeader({ typ: genuine.typ, kid: genuine.kid })],
];

const CONFUSED_KEYS: [string, string | Buffer][] = [
  ['PEM of an RSA key', publicKey.export({ type: 'spki', format: 'pem' })],
  ['DER of an RSA key', publicKey.export({ type: 'spki', format: 'der' })],
  ['JWK of an RSA key', JSON.stringify(publicKey.export({ format: 'jwk' }))],
  ['PEM of an EC key', ecPublicKey.export({ type: 'spki', format: 'pem' })],
  ['the kid', genuine.kid],
  ['nothing', ''],
  ['a zero byte', Buffer.alloc(1)],
  ['32 zero bytes', Buffer.alloc(32)],
  ['the issuer', 'nestjs-session-kit'],
  ['the word secret', 'secret'],
  ['the word null', 'null'],
  ['the word undefined', 'undefined'],
];

const CONFUSION: Attack[] = CONFUSED_KEYS.map(([what, key]) => [
  '9.1.2',
  `an HMAC keyed with ${what}`,
  ({ claims }) => sealed(genuine, claims, key),
]);

const EXTRA_HEADERS: Attack[] = [
  ['crit', ['exp']],
  ['crit', ['b64']],
  ['crit', []],
  ['crit', 'exp'],
  ['b64', false],
  ['b64', true],
  ['cty', 'JWT'],
  ['zip', 'DEF'],
  ['enc', 'A256GCM'],
  ['x5t', 'AAAA'],
  ['__proto__', { alg: 'none' }],
].map(([name, value]): Attack => {
  const text = JSON.stringify(genuine).replace(
    /}$/,
    `,${JSON.stringify(name)}:${JSON.stringify(value)}}`,
  );
  return ['RFC 7515 §4.1.11', `header ${name}: ${JSON.stringify(value)}`, withHeader(text)];
});

const genuineText = JSON.stringify(genuine);
const AMBIGUOUS_HEADERS: Attack[] = [
  ['alg twice, none first', genuineText.replace('{', '{"alg":"none",')],
  ['alg twice, none last', genuineText.replace(/}$/, ',"alg":"none"}')],
  ['alg twice, equal', genuineText.replace('{', '{"alg":"HS256",')],
  ['kid twice', genuineText.replace('{', '{"kid":"x",')],
  ['an escaped name', genuineText.replace('"alg"', String.raw`"\u0061lg"`)],
  ['an escaped value', genuineText.replace('HS256', String.raw`\u0048S256`)],
  ['a blank', genuineText.replace('{', '{ ')],
  ['a byte order mark', `\uFEFF${genuineText}`],
  ['an invalid UTF-8 byte', Buffer.concat([Buffer.from(genuineText), Buffer.from([0xff])])],
  ['UTF-16', Buffer.from(genuineText, 'utf16le')],
  ['an array', `[${genuineText}]`],
  ['null', 'null'],
  ['a string', JSON.stringify(genuineText)],
  ['nothing', '{}'],
  ['4000 nested arrays', '['.repeat(4000)],
].map(([what, header]): Attack => [
  'RFC 7515 §4',
  `a header with or of ${String(what)}`,
  withHeader(header as string | Buffer),
]);

const FORM: Attack[] = [
  ['one part', withParts((header) => header)],
  ['two parts', withParts((header, payload) => `${header}.${payload}`)],
  ['four parts', withParts((...parts) => `${parts.join('.')}.AAAA`)],
  ['five parts, as a JWE has', withParts((h, p, s) => `${h}.${p}.AAAA.${s}.AAAA`)],
  ['an empty header', withParts((_header, payload, signature) => `.${payload}.${signature}`)],
  ['an empty payload', withParts((header, _payload, signature) => `${header}..${signature}`)],
  ['an empty signature', withParts((header, payload) => `${header}.${payload}.`)],
  ['dots alone', () => '..'],
  ['a leading dot', ({ token }: Loot) => `.${token}`],
  ['a trailing dot', ({ token }: Loot) => `${token}.`],
  ['padding', ({ token }: Loot) => `${token}=`],
  ['double padding', ({ token }: Loot) => `${token}==`],
  ['a blank inside', ({ token }: Loot) => token.replace('.', '. ')],
  ['a tab inside', ({ token }: Loot) => token.replace('.', '.\t')],
  ['a no-break space before it', ({ token }: Loot) => `\u00a0${token}`],
  ['a no-break space after it', ({ token }: Loot) => `${token}\u00a0`],
  ['quotes', ({ token }: Loot) => `"${token}"`],
  ['percent encoding', ({ token }: Loot) => token.replaceAll('.', '%2E')],
  ['a second token after a comma', ({ token }: Loot) => `${token}, ${token}`],
  ['a second token after a blank', ({ token }: Loot) => `${token} ${token}`],
  ['the scheme twice', ({ token }: Loot) => `Bearer ${token}`],
  [
    'JSON serialisation',
    withParts((header, payload, signature) =>
      JSON.stringify({ protected: header, payload, signature }),
    ),
  ],
  ['the object of another token library', () => '[object Object]'],
  ['a static string', () => 'letmein'],
  ['a character of Latin-1', ({ token }: Loot) => `${token}\u00e9`],
  ['10,000 characters', () => 'A'.repeat(10_000)],
  ['10,000 dots', () => '.'.repeat(10_000)],
].map(([what, make]) => ['8725bis §3.14', what, make] as Attack);

/** Decoding replaces the byte by U+FFFD, so the same claims would have a second form. */
const NOT_UTF8: Attack = [
  '8725bis §3.7',
  'a payload with an invalid UTF-8 byte in a claim',
  ({ claims }) => forge.sign(Buffer.from(JSON.stringify({ ...claims, name: '\u00ff' }), 'latin1')),
];

const ENCRYPTED: Attack[] = [
  { alg: 'dir', enc: 'A256GCM' },
  { alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 1e9, p2s: 'AAAA' },
  { alg: 'RSA-OAEP', enc: 'A256GCM', zip: 'DEF' },
].flatMap((header): Attack[] => [
  ['8725bis §3.3', `a JWE of ${header.alg}`, () => `${encoded(header)}.AAAA.AAAA.AAAA.AAAA`],
  ['8725bis §3.3', `three parts that say ${header.alg}`, withHeader({ ...genuine, ...header })],
]);

const ATTACKS = [
  ...NONE,
  ...ALGORITHMS,
  ...CONFUSION,
  ...EXTRA_HEADERS,
  ...AMBIGUOUS_HEADERS,
  ...FORM,
  NOT_UTF8,
  ...ENCRYPTED,
];

describe.each(ADAPTERS)('form and header of a JWT on %s', (adapter) => {
  const target = useAttackTarget(adapter);
  let loot: Loot;

  beforeAll(async () => {
    const { accessToken: token } = await logIn(target.url, 'u1');
    const parts = token.split('.') as unknown as Loot['parts'];
    loot = { token, claims: claimsOf(token), parts };
  });

  beforeEach(() => {
    target.calls.length = 0;
  });

  it('control: the genuine token is accepted by both guards, and so is a token signed by the test', async () => {
    expect(await request(target, loot.token)).toEqual(allowed({ id: 'u1' }));
    expect(await request(target, forge.sign(loot.claims))).toEqual(allowed({ id: 'u1' }));
  });

  it.each(ATTACKS)('%s %s is refused without a call to the store', async (_id, _what, make) => {
    expect(await request(target, make(loot))).toEqual(denied(INVALID_TOKEN));
    expect(target.calls).toEqual([]);
  });

  it.each(ATTACKS)('%s %s is refused as a refresh token', async (_id, _what, make) => {
    expect((await refresh(target.url, make(loot))).answer).toBe(INVALID_TOKEN);
    expect(target.calls).toEqual([]);
  });

  it('16.5.1 all these tokens get one answer, including its headers', async () => {
    const answers = new Set<string>();
    for (const [, , make] of ATTACKS) {
      const { status, headers } = await fetch(`${target.url}/target/kit`, {
        headers: { authorization: `Bearer ${make(loot)}` },
      });
      answers.add(`${status} ${headers.get('www-authenticate')} ${headers.get('content-length')}`);
    }
    expect([...answers]).toEqual([
      `401 Bearer error="invalid_token", error_description="Invalid token" ${INVALID_TOKEN.length - 4}`,
    ]);
  });

  it('8725bis §3.14 a part in another encoding is refused although the signature covers it', async () => {
    const header = encoded(genuine);
    // 1, 2 and 3 bytes more, so that the last character has 4, 2 and no unused bits with any
    // claims.
    const payloads = ['', '1', '12'].map((filler) => encoded({ ...loot.claims, filler }));
    const inputs = [
      ...payloads.flatMap(otherSpellings).map((payload) => `${header}.${payload}`),
      ...otherSpellings(header).map((other) => `${other}.${payloads[0]}`),
      ...payloads.flatMap((payload) => [
        `${header}.${payload}=`,
        `${header}=.${payload}`,
        `${header}.${payload}\n`,
      ]),
    ];
    expect(inputs.length).toBeGreaterThan(18);
    const tokens = target.get(TokenService);
    for (const payload of payloads) {
      const control = forge.signInput(`${header}.${payload}`);
      expect((await tokens.verifyAccess(control)).sub).toBe('u1');
    }
    for (const input of inputs) {
      await expect(tokens.verifyAccess(forge.signInput(input))).rejects.toMatchObject({
        code: 'TOKEN_INVALID',
      });
    }
  });

  it('15.2.2 a token over the limit is refused although its signature is genuine', async () => {
    const long = forge.sign({ ...loot.claims, filler: 'x'.repeat(6200) });
    expect(await request(target, long)).toEqual(denied(INVALID_TOKEN));
    const nested = forge.sign(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    await expect(target.get(TokenService).verifyAccess(nested)).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    });
  });

  it('15.2.2 a bearer token of 1 MB reaches no handler and no cryptography', async () => {
    const huge = 'A'.repeat(1_000_000);
    const { status } = await fetch(`${target.url}/target/kit`, {
      headers: { authorization: huge },
    });
    expect(status).toBe(431);
    for (const token of [huge, `${huge}.${huge}.${huge}`, `${loot.token}${huge}`]) {
      await expect(target.get(TokenService).verifyAccess(token)).rejects.toMatchObject({
        code: 'TOKEN_INVALID',
      });
    }
  });
});
