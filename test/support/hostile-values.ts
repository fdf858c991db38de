export const circular: Record<string, unknown> = {};
circular['self'] = circular;
const throwing = (): never => {
  throw new Error('hostile');
};

/** Invalid values of each type, and of sizes that may cause harm. */
export const HOSTILE_VALUES: [name: string, value: unknown][] = [
  ['null', null],
  ['false', false],
  ['true', true],
  ['zero', 0],
  ['a negative number', -1],
  ['a fraction', 0.5],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['the largest number', Number.MAX_VALUE],
  ['a BigInt', 10n],
  ['an empty string', ''],
  ['a blank', ' '],
  ['a long string', 'x'.repeat(100_000)],
  ['170 CJK characters', '油'.repeat(170)],
  ['255 quotes', '"'.repeat(255)],
  ['255 controls', '\u0001'.repeat(255)],
  ['a lone surrogate', '\uD800'],
  ['a symbol', Symbol('hostile')],
  ['a function', throwing],
  ['a class', class Hostile {}],
  ['an empty list', []],
  ['a list of null', [null]],
  ['a list of lists', [[[]]]],
  ['a list of numbers', [1, 2]],
  ['an empty object', {}],
  ['an object without a prototype', Object.create(null)],
  [
    'an object that throws when converted to text',
    { toString: throwing, valueOf: throwing, toJSON: throwing },
  ],
  ['an object that contains itself', circular],
  ['a Map', new Map([['a', 1]])],
  ['a Date', new Date(Number.NaN)],
  ['a RegExp', /x/],
  ['bytes', new Uint8Array(1000)],
  ['a promise', Promise.resolve()],
  ['a boxed number', Object(60)],
  ['a boxed string', Object('text')],
];
