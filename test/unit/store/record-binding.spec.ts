import { describe, expect, it } from '@jest/globals';
import { secretOf } from '../../support/secret-of.js';
import { bindingWith, recordOf } from '../fixtures.js';

const [OLD, NEW, OTHER] = ['old', 'new', 'other'].map(secretOf) as [string, string, string];
const old = bindingWith(OLD);
const record = recordOf();
const bound = old.bind(record);

describe('the binding of a record', () => {
  it('consists of 128 bits that depend only on the keys and the handle', () => {
    expect(bound).toEqual({ ...record, handleMac: expect.stringMatching(/^[\w-]{21}[AQgw]$/) });
    expect(old.bind(recordOf({ data: {}, version: 9 })).handleMac).toBe(bound.handleMac);
    expect(old.bind(recordOf({ handle: 'abc.BBBBBBBBBBBBBBBBBBBBBA' })).handleMac).not.toBe(
      bound.handleMac,
    );
    expect(old.bind(bound)).toEqual(bound);
  });

  it('is accepted under every configured key, and current under the first', () => {
    expect(
      [OLD, [OLD, NEW], [NEW, OLD], NEW, OTHER]
        .map((secret) => bindingWith(secret))
        .map((binding) => [binding.accepts(bound), binding.isCurrent(bound)]),
    ).toEqual([
      [true, true],
      [true, true],
      [true, false],
      [false, false],
      [false, false],
    ]);
  });

  it('is refused under another key prefix', () => {
    expect(bindingWith(OLD, 'other:').accepts(bound)).toBe(false);
  });

  it('is replaced when the record gets another handle', () => {
    const moved = old.bind({ ...bound, handle: 'abc.BBBBBBBBBBBBBBBBBBBBBA' });
    expect(old.isCurrent(moved)).toBe(true);
  });

  it('is refused for another handle', () => {
    expect(old.accepts({ ...bound, handle: 'abc.BBBBBBBBBBBBBBBBBBBBBA' })).toBe(false);
  });

  it.each([
    'x',
    'A'.repeat(22),
    `${bound.handleMac}AAAA`,
    bound.handleMac!.slice(0, -4),
    7 as never,
  ])('is refused when it is %p', (handleMac) =>
    expect(old.accepts({ ...record, handleMac })).toBe(false),
  );

  it('is accepted when it is absent, and replaced', () => {
    expect([old.accepts(record), old.isBound(record), old.isCurrent(record)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
