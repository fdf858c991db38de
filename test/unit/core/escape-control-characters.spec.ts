import { describe, expect, it } from '@jest/globals';
import {
  escapeJson,
  escapeLines,
  escapeControlCharacters,
  errorMessage,
} from '../../../lib/core/escape-control-characters.js';

/**
 * Characters that terminals and log viewers interpret: controls, bidi controls, invisible
 * characters, separators, a tag character.
 */
const UNSAFE = [
  ...Array(0x20).keys(),
  ...[...Array(0x21).keys()].map((code) => 0x7f + code),
  0xad,
  0x200b,
  0x200e,
  0x2028,
  0x2029,
  0x202a,
  0x202e,
  0x2066,
  0x2069,
  0xfeff,
  0xe0041,
].map((code) => String.fromCodePoint(code));

describe('foreign text', () => {
  it.each(UNSAFE.map((text) => [JSON.stringify(text), text]))('has %s escaped', (_name, text) => {
    const escaped = escapeControlCharacters(`a${text}b`);
    expect(escaped).toMatch(/^a(\\u[\da-f]{4}){1,2}b$/);
    expect(JSON.parse(`"${escaped}"`)).toBe(`a${text}b`);
  });

  it('is unchanged if it contains only letters, of any script', () => {
    for (const text of ['Zoë', '油', 'Ελένη', 'שרה', '😀', 'a\\u0041"b']) {
      expect(escapeControlCharacters(text)).toBe(text);
    }
  });

  it('keeps line feeds if allowed, and no carriage return', () => {
    expect(escapeLines('a\r\nb\u001b[2J')).toBe('a\\u000d\nb\\u001b[2J');
  });

  it('stays on one line as JSON and can be parsed again', () => {
    const value = { text: UNSAFE.join('') };
    for (const json of [escapeJson(value), escapeJson(value, 2)]) {
      expect(escapeLines(json)).toBe(json);
      expect(JSON.parse(json)).toEqual(value);
    }
    expect(escapeJson(value)).not.toContain('\n');
  });
});

describe('the reason in an error', () => {
  it.each<[string, unknown, string]>([
    ['its message', new Error('refused'), 'refused'],
    ['one line', new Error('a\nb\u001b[31m\u202e'), 'a\\u000ab\\u001b[31m\\u202e'],
    ['a code without a message', Object.assign(new Error(''), { code: 'EPIPE' }), 'EPIPE'],
    ['a name without either', new AggregateError([], ''), 'AggregateError'],
    ['text that was thrown', 'oops', 'it threw no Error'],
    ['undefined', undefined, 'it threw no Error'],
    ['null', null, 'it threw no Error'],
    ['an object that was thrown', { message: 'a stored value' }, 'it threw no Error'],
    ['a message that is not text', { message: { toString: 1 } }, 'it threw no Error'],
  ])('is %s', (_what, error, reason) => {
    expect(errorMessage(error)).toBe(reason);
  });

  it('is shortened', () => {
    expect(errorMessage(new Error('x'.repeat(1_000_000))).length).toBeLessThan(600);
  });

  it.each([
    'redis://user:hunter2@host',
    'redis://:hun/hunter2@host',
    'redis://:a@hunter2@host',
    "'redis://:it's hunter2@host'",
    '"redis://:say "hunter2"@host"',
    'rediss://:a?hunter2#@host',
    'redi://:hunter2\n@host',
  ])('does not contain the password of %j', (url) => {
    expect(errorMessage(new Error(`cannot use ${url}`))).not.toContain('hunter2');
  });

  it('keeps the path of a file', () => {
    const path = 'file:///app/node_modules/@nestjs/core/index.js';
    expect(errorMessage(new Error(`cannot load ${path}`))).toBe(`cannot load ${path}`);
  });
});
