import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { AsymmetricAlgorithm, SigningKeyOptions } from 'nestjs-session-kit';

export interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function rsaPair(modulusLength = 2048): Pair {
  return generateKeyPairSync('rsa', { modulusLength });
}

export function ecPair(namedCurve = 'P-256'): Pair {
  return generateKeyPairSync('ec', { namedCurve });
}

/** The algorithms and how to generate their key pairs, for `it.each`. */
export const ALGORITHMS: readonly (readonly [AsymmetricAlgorithm, () => Pair])[] = [
  ['RS256', rsaPair],
  ['PS256', rsaPair],
  ['ES256', ecPair],
  ['ES384', () => ecPair('P-384')],
];

/** Generates a key that signs with this algorithm. */
export function signingKey(
  algorithm: AsymmetricAlgorithm,
): SigningKeyOptions & { privateKey: KeyObject } {
  const [, make] = ALGORITHMS.find(([name]) => name === algorithm)!;
  return { algorithm, privateKey: make().privateKey };
}

/** Returns the private key as PKCS#8, as in a file. */
export function privatePem({ privateKey }: Pair): string {
  return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
}

/** Returns the public key as SPKI, as in a file. */
export function publicPem({ publicKey }: Pair): string {
  return publicKey.export({ format: 'pem', type: 'spki' }) as string;
}
