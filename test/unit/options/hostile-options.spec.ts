import { describe, expect, it } from '@jest/globals';
import { SessionConfigError } from 'nestjs-session-kit';
import { KeyRing } from '../../../lib/jwt/key-ring.js';
import { OPTION_RULES } from '../../../lib/options/option-rules.js';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { secretBytes } from '../../../lib/options/secret/secret.js';
import type { WrittenOptions } from '../../../lib/options/session-options.js';
import { readSigningKeys } from '../../../lib/options/signing-keys.js';
import { connect } from '../../../lib/backends/redis/connection/connect.js';
import type { RedisConnection } from '../../../lib/backends/redis/connection/redis-client.js';
import { HOSTILE_VALUES } from '../../support/hostile-values.js';
import { accessInput, codecWith, SECRET, valid } from '../fixtures.js';

/** Options by path, from the rules that validate them. */
const PATHS = Object.entries(OPTION_RULES).flatMap(([group, { names }]) =>
  names.map((name) => (group === '' ? name : `${group}.${name}`)),
);

function optionsWith(path: string, value: unknown): WrittenOptions {
  const nested = path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return { secret: SECRET, ...(nested as object) };
}

/** Processes options as at the start, before it connects. */
function start(written: WrittenOptions): KeyRing {
  const { tokens, keyPrefix } = resolveOptions(written, false);
  const { keys } = readSigningKeys(written.tokens?.keys);
  if (written.redis) connect(written.redis as RedisConnection).close();
  return new KeyRing(secretBytes(written.secret), { ...tokens, keyPrefix }, keys);
}

/** The paths of the problems, [] if the options are valid. */
function complaints(written: WrittenOptions): string[] {
  try {
    start(written);
    return [];
  } catch (error) {
    if (!(error instanceof SessionConfigError)) throw error;
    return error.problems.map(({ path }) => path);
  }
}

describe.each(PATHS)('%s', (path) => {
  it.each(HOSTILE_VALUES)('as %s is accepted, or refused by its path', (_name, value) => {
    const [root = ''] = path.split('.');
    for (const complaint of complaints(optionsWith(path, value))) {
      expect(complaint.startsWith(root)).toBe(true);
    }
  });
});

describe('options that are refused by path', () => {
  it.each<[string, WrittenOptions, string]>([
    ['one secret twice', { secret: [SECRET, SECRET] }, 'secret[1]'],
    ['one secret as text and bytes', { secret: [SECRET, Buffer.from(SECRET)] }, 'secret[1]'],
    ['a client that is {}', { secret: SECRET, redis: { client: {} } }, 'redis.client'],
    [
      'a client that is a promise',
      { secret: SECRET, redis: { client: Promise.resolve() } },
      'redis.client',
    ],
    [
      'a client of node-redis',
      { secret: SECRET, redis: { client: { get: () => undefined, options: {}, isOpen: true } } },
      'redis.client',
    ],
    [
      'nodes that are not a list',
      { secret: SECRET, redis: { options: { nodes: 5 } } },
      'redis.options.nodes',
    ],
  ])('%s', (_name, written, path) => {
    expect(complaints(written)).toEqual([path]);
  });
});

it('an issuer of 255 CJK characters yields keys that sign and verify', () => {
  const { codec } = codecWith({ tokens: { issuer: '油'.repeat(255) } });
  const input = accessInput();
  const verified = valid(codec.verifyAccess(codec.signAccess(input), input.iat * 1000));
  expect(verified.claims.sub).toBe(input.sub);
});
