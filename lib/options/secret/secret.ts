import type { ConfigProblem } from '../../core/session-config-error.js';
import { type SecretWeakness, weaknessOf } from './secret-strength.js';
import type { Secret } from '../key-options.js';
import type { SessionOptions } from '../session-options.js';

/** 256 bits: the minimum key size of HS256 (RFC 7518 section 3.2, RFC 8725bis section 3.5). */
const MIN_BYTES = 32;

const HOW_TO_MAKE_ONE = 'generate one with: npx nestjs-session-kit secret';

const WEAKNESSES: Record<SecretWeakness, string> = {
  'few-characters': 'has too few different characters to be random',
  'repeats-itself': 'repeats itself',
  'looks-typed': 'looks typed (words, a sequence or neighbouring keys), so it can be guessed',
};

/** The secrets as bytes, current first. Pass only a secret for which `secretProblems` returns no problem. */
export function secretBytes(secret: SessionOptions['secret']): Buffer[] {
  if (secret === undefined || secret === null) return [];
  const isSingle = typeof secret === 'string' || secret instanceof Uint8Array;
  return (isSingle ? [secret] : secret).map(bytesOf);
}

/**
 * Returns the problems of the secret without repeating any part of it.
 * @param hasKeys key pairs are given, so that a secret is not required
 */
export function secretProblems(secret: unknown, hasKeys = false): ConfigProblem[] {
  if (secret === undefined || secret === null || secret === '') {
    if (hasKeys && secret !== '') return [];
    return [{ path: 'secret', message: `is missing; ${HOW_TO_MAKE_ONE}` }];
  }
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0) {
    return [{ path: 'secret', message: `is an empty list; ${HOW_TO_MAKE_ONE}` }];
  }
  const seen = new Map<string, number>();
  return secrets.flatMap((value, index) => {
    const path = Array.isArray(secret) ? `secret[${index}]` : 'secret';
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
      return [{ path, message: 'must be a string or a Buffer' }];
    }
    const bytes = bytesOf(value).toString('latin1');
    const same = seen.get(bytes);
    if (same !== undefined) {
      return [{ path, message: `is the same as secret[${same}]; remove one of them` }];
    }
    seen.set(bytes, index);
    const message = faultOf(value);
    return message === undefined ? [] : [{ path, message: `${message}; ${HOW_TO_MAKE_ONE}` }];
  });
}

function faultOf(secret: Secret): string | undefined {
  const bytes = bytesOf(secret);
  if (bytes.length < MIN_BYTES) return `has ${bytes.length} bytes and needs at least ${MIN_BYTES}`;
  const text = typeof secret === 'string' ? secret : bytes.toString('latin1');
  const weakness = weaknessOf(text);
  return weakness && WEAKNESSES[weakness];
}

function bytesOf(secret: Secret): Buffer {
  return typeof secret === 'string' ? Buffer.from(secret) : Buffer.from(secret);
}
