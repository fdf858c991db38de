import { BadRequestException, PayloadTooLargeException } from '@nestjs/common';
import { jsonOf, UnserializableError } from '../core/json.js';
import type { SessionData } from '../core/session.js';

/** Maximum size of session data as JSON, so that reading a session stays cheap. */
const MAX_DATA_BYTES = 32_768;

/** Keys that reach an object's prototype when a careless merge copies them (ASVS 15.3.6). */
const REFUSED_KEYS = new Set(['__proto__', 'constructor']);

/**
 * The data as the store keeps it: plain JSON that shares no object with `value`. The data often comes from a request
 * body, so anything that a body can contain is reported as an error of the client.
 * @throws TypeError for a promise, a Map or another object without fields, also when nested
 * @throws BadRequestException if it is not an object, is not JSON (a BigInt, a cycle), has a refused key or is nested
 * too deeply
 * @throws PayloadTooLargeException beyond 32768 bytes
 */
export function sessionData(value: unknown): SessionData {
  const json = checkedJsonOf(value);
  if (!json?.startsWith('{')) throw new BadRequestException('Session data must be an object');
  if (Buffer.byteLength(json) > MAX_DATA_BYTES) {
    throw new PayloadTooLargeException(`Session data is limited to ${MAX_DATA_BYTES} bytes`);
  }
  return JSON.parse(json) as SessionData;
}

function checkedJsonOf(value: unknown): string | undefined {
  try {
    return jsonOf('session data', value, (key) => {
      if (REFUSED_KEYS.has(key))
        throw new BadRequestException(`Session data cannot have a key ${key}`);
    });
  } catch (error) {
    // JSON.parse has no depth limit but JSON.stringify has: a body of a few kilobytes can exhaust the stack.
    if (error instanceof RangeError)
      throw new BadRequestException('Session data is nested too deeply');
    if (error instanceof BadRequestException || error instanceof UnserializableError) throw error;
    // A BigInt, a cycle, or a `toJSON` or getter that throws.
    throw new BadRequestException('Session data must be JSON');
  }
}
