import type { ConfigProblem } from '../core/session-config-error.js';
import type { Secret, SessionOptions } from './session-options.js';

/** 256 bits: the least key of HS256 (RFC 7518 section 3.2, RFC 8725bis section 3.5). */
const LEAST_BYTES = 32;

const HOW_TO_MAKE_ONE = `make one with: node -e "console.log(require('crypto').randomBytes(32).toString('base64url'))"`;

/** The secrets as bytes, current first. Only what `secretProblems` finds nothing in may be passed. */
export function secretBytes(secret: NonNullable<SessionOptions['secret']>): Buffer[] {
  return secretList(secret).map((value) => Buffer.from(value as Uint8Array));
}

/** Says what is wrong with the secret without repeating any of it. */
export function secretProblems(secret: unknown): ConfigProblem[] {
  if (secret === undefined || secret === null || secret === '') {
    return [{ path: 'secret', message: `is missing; ${HOW_TO_MAKE_ONE}` }];
  }
  const secrets = secretList(secret as Secret);
  if (secrets.length === 0) {
    return [{ path: 'secret', message: `is an empty list; ${HOW_TO_MAKE_ONE}` }];
  }
  return secrets.flatMap((value: unknown, index) => {
    const path = Array.isArray(secret) ? `secret[${index}]` : 'secret';
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
      return [{ path, message: 'must be a string or a Buffer' }];
    }
    const bytes = Buffer.byteLength(value);
    return bytes < LEAST_BYTES
      ? [
          {
            path,
            message: `has ${bytes} bytes and needs at least ${LEAST_BYTES}; ${HOW_TO_MAKE_ONE}`,
          },
        ]
      : [];
  });
}

function secretList(secret: NonNullable<SessionOptions['secret']>): readonly Secret[] {
  return Array.isArray(secret) ? secret : [secret as Secret];
}
