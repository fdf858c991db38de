import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';
import { sessionData } from '../../../lib/rules/session-data.js';

const ofJson = (json: string): unknown => JSON.parse(json);
const MAX_BYTES = 32_768;

/** Keeps its content in a private field, which JSON does not see. */
class Cart {
  readonly #skus = ['a'];
  get count(): number {
    return this.#skus.length;
  }
}

describe('sessionData', () => {
  it('returns an independent copy, as parsed from JSON', () => {
    const written = { cart: [{ sku: 1 }], at: new Date(0), gone: undefined };
    const data = sessionData(written);
    written.cart[0]!.sku = 2;
    expect(data).toEqual({ cart: [{ sku: 1 }], at: '1970-01-01T00:00:00.000Z' });
    expect(data).not.toHaveProperty('gone');
  });

  it.each<[string, unknown]>([
    ['__proto__ at the top', ofJson('{"__proto__":{"admin":true}}')],
    ['constructor at the top', ofJson('{"constructor":{"prototype":{"admin":true}}}')],
    ['__proto__ deep inside', ofJson('{"a":{"b":[{"c":{"__proto__":1}}]}}')],
    ['constructor in a list', ofJson('{"a":[[{"constructor":null}]]}')],
    ['a key with an escape', ofJson('{"\\u005f_proto__":1}')],
    ['a key that only toJSON adds', { a: { toJSON: () => ofJson('{"__proto__":1}') } }],
  ])('refuses %s', (_what, value) => {
    expect(() => sessionData(value)).toThrow(BadRequestException);
    expect(() => sessionData(value)).toThrow(/cannot have a key (__proto__|constructor)/);
    expect({}).not.toHaveProperty('admin');
  });

  it.each([
    '{"prototype":1}',
    '{"proto":1,"__proto":1,"Constructor":1}',
    '{"a":"__proto__","b":["constructor"]}',
    '{"toString":"x","hasOwnProperty":1,"toJSON":null}',
    '{"a":{}}',
    '{}',
  ])('keeps %s', (json) => {
    expect(JSON.stringify(sessionData(ofJson(json)))).toBe(json);
  });

  it.each([null, undefined, 'text', 5, true, [], [{ a: 1 }], new Date(0), { toJSON: () => [1] }])(
    'refuses %j, which is not an object',
    (value) => {
      expect(() => sessionData(value)).toThrow(BadRequestException);
      expect(() => sessionData(value)).toThrow('must be an object');
    },
  );

  it.each<[string, unknown, string]>([
    [
      'a promise',
      Promise.resolve({ a: 1 }),
      'session data must be a plain value, but it is a promise; await it',
    ],
    [
      'a promise in a list',
      { a: [Promise.resolve(1)] },
      '0 in session data must be a plain value, but it is a promise',
    ],
    [
      'a thenable with fields, as in libraries',
      { a: Object.assign(Promise.resolve(1), { sql: 'SELECT' }) },
      'a in session data must be a plain value, but it is a promise',
    ],
    [
      'a promise returned by toJSON',
      { toJSON: async () => ({ a: 1 }) },
      'session data must be a plain value, but it is a promise',
    ],
    ['a Map', new Map([['a', 1]]), 'session data must be a plain object, but it is of class Map'],
    [
      'a Set deep inside',
      { cart: { skus: new Set([1]) } },
      'skus in session data must be a plain object, but it is of class Set',
    ],
    [
      'an Error',
      { last: new Error('lost') },
      'last in session data must be a plain object, but it is of class Error',
    ],
    [
      'a class with private fields',
      new Cart(),
      'session data must be a plain object, but it is of class Cart',
    ],
    [
      'a Map under a key with controls',
      { 'a\n\u001B[2J': new Map([['a', 1]]) },
      String.raw`a\u000a\u001b[2J in session data must be a plain object, but it is of class Map`,
    ],
  ])('refuses %s, which JSON would lose', (_what, value, message) => {
    expect(() => sessionData(value)).toThrow(TypeError);
    expect(() => sessionData(value)).toThrow(message);
  });

  it('accepts an instance of a class with plain fields, such as validated bodies and entities', () => {
    class Body {
      note?: string;
      constructor(readonly sku?: string) {}
    }
    expect(sessionData(new Body('a'))).toEqual({ sku: 'a' });
    expect(sessionData({ cart: new Body() })).toEqual({ cart: {} });
    expect(sessionData(Object.create(null))).toEqual({});
    expect(sessionData(runInNewContext('({ a: {} })'))).toEqual({ a: {} });
  });

  it('accepts 32768 bytes of JSON and not one more, counted in UTF-8', () => {
    const around = Buffer.byteLength('{"a":""}');
    const fill = (bytes: number): object => ({ a: 'x'.repeat(bytes - around) });
    expect(sessionData(fill(MAX_BYTES))).toEqual(fill(MAX_BYTES));
    expect(() => sessionData(fill(MAX_BYTES + 1))).toThrow(PayloadTooLargeException);
    expect(() => sessionData({ a: '\u20ac'.repeat(11_000) })).toThrow(PayloadTooLargeException);
  });

  it.each([
    ['lists', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
  ])('answers 400 or 413, never 500, for %s nested 100,000 deep', (_what, nested) => {
    const value = ofJson(`{"a":${nested}}`);
    expect(() => sessionData(value)).toThrow(/nested too deeply|limited to 32768 bytes/);
  });
});
