/**
 * Checks of arguments that the compiler cannot guarantee: from JavaScript, after a cast, or from a request body without
 * validation. Every function throws a TypeError that names the argument.
 */

export function requireObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${name} must be an object`);
}

export function requireString(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`);
}

/** @returns the value. Its text is not repeated in the error: it may come from a client. */
export function requireOneOf<const T>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new TypeError(`${name} must be ${allowed.join(' or ')}`);
  return found;
}
