import { createHash } from 'node:crypto';

/** A secret that looks random, as the options require, and is the same in each run. */
export function secretOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}
