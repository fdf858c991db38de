import { isPromise } from 'node:util/types';
import { escapeControlCharacters } from './escape-control-characters.js';

/**
 * JSON would drop content without an error. No request body can contain such a value, so it is a mistake in the
 * application.
 */
export class UnserializableError extends TypeError {}

/**
 * `JSON.stringify` that refuses objects that would become `{}`.
 * @param name name of the value, for messages
 * @param checkKey called with each key; may throw
 * @throws UnserializableError for a promise, a Map or another object without fields, also when nested
 * @throws what `JSON.stringify` throws: a TypeError (BigInt, cycle) or a RangeError (nested too deeply)
 */
export function jsonOf(
  name: string,
  value: unknown,
  checkKey?: (key: string) => void,
): string | undefined {
  // `this` is the object that has the key, with the value as it was before its toJSON ran.
  return JSON.stringify(
    value,
    function (this: Record<string, unknown>, key: string, json: unknown) {
      checkKey?.(key);
      const place = key === '' ? name : `${escapeControlCharacters(key)} in ${name}`;
      rejectUnserializable(place, this[key]);
      rejectUnserializable(place, json);
      return json;
    },
  );
}

/** @throws UnserializableError for a promise, and for an object that has content but no fields to copy */
export function rejectUnserializable(place: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (typeof (value as { then?: unknown }).then === 'function') {
    // No caller awaits it any more, and an unhandled rejection ends the process.
    if (isPromise(value)) value.catch(() => undefined);
    throw new UnserializableError(
      `${place} must be a plain value, but it is a promise; await it before the call`,
    );
  }
  if (isPlain(value) || Object.keys(value).length > 0 || JSON.stringify(value) !== '{}') return;
  throw new UnserializableError(
    `${place} must be a plain object, but it is ${described(value)}, whose content JSON drops`,
  );
}

/**
 * Objects of another realm have another `Object.prototype`, which has no prototype either. An object that inherits from
 * a plain one, as `Object.assign` makes it from a key `__proto__`, is not an instance of a class.
 */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true;
  return prototype.constructor === Object;
}

function described(value: object): string {
  const { name } = value.constructor;
  return /^[\w$]+$/.test(name) ? `of class ${name}` : 'of a class without fields';
}
