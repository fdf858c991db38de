import { createHmac, type KeyObject } from 'node:crypto';
import { KeyRing, type KeyPurpose, type KeyScope } from '../../lib/jwt/key-ring.js';
import { SECRET } from './test-app.js';

export type Json = Record<string, unknown>;
/** An object is written as JSON; text and bytes are used unchanged. */
type Part = Json | string | Buffer;

const HASH = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const;

/**
 * Signs tokens that the package would not issue, with the keys of the application under attack. It
 * proves that a token is refused for its content, where one of an outsider would be refused for its
 * signature.
 */
export class Forge {
  readonly #ring: KeyRing;

  constructor({ secret = SECRET, ...scope }: Partial<KeyScope> & { secret?: string } = {}) {
    this.#ring = new KeyRing([Buffer.from(secret)], {
      algorithm: 'HS256',
      issuer: 'nestjs-session-kit',
      audience: 'nestjs-session-kit',
      keyPrefix: 'sk:',
      ...scope,
    });
  }

  /** The header of a genuine token. */
  header(purpose: KeyPurpose = 'access'): { alg: string; typ: string; kid: string } {
    const { algorithm: alg, kid } = this.#ring.signingKey(purpose);
    return { alg, typ: purpose === 'access' ? 'at+jwt' : 'rt+jwt', kid };
  }

  /** A token with a genuine signature over any parts. */
  sign(payload: Part, header?: Part, purpose: KeyPurpose = 'access'): string {
    return this.signInput(
      `${encoded(header ?? this.header(purpose))}.${encoded(payload)}`,
      purpose,
    );
  }

  /** Like `sign`, for parts that are encoded already, in any encoding. */
  signInput(input: string, purpose: KeyPurpose = 'access'): string {
    const { signWith, algorithm } = this.#ring.signingKey(purpose);
    return withSeal(input, signWith as KeyObject, HASH[algorithm as keyof typeof HASH]);
  }
}

/** A token signed by HMAC with any key. */
export function sealed(header: Part, payload: Part, key: string | Buffer): string {
  return withSeal(`${encoded(header)}.${encoded(payload)}`, key, HASH.HS256);
}

function withSeal(input: string, key: KeyObject | string | Buffer, hash: string): string {
  return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`;
}

export function encoded(part: Part): string {
  const text = typeof part === 'string' || Buffer.isBuffer(part) ? part : JSON.stringify(part);
  return Buffer.from(text as string).toString('base64url');
}

/** A base64url part with every other value of the unused bits of its last character. */
export function otherSpellings(part: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const bytes = Buffer.from(part, 'base64url');
  return [...alphabet]
    .map((last) => part.slice(0, -1) + last)
    .filter((other) => other !== part && Buffer.from(other, 'base64url').equals(bytes));
}

export function headerOf(token: string): Json {
  return decoded(token, 0);
}

export function claimsOf(token: string): Json {
  return decoded(token, 1);
}

function decoded(token: string, part: number): Json {
  return JSON.parse(Buffer.from(token.split('.')[part] as string, 'base64url').toString()) as Json;
}
