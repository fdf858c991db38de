import type { Revocation } from '../revocation.js';

/** Encodes a revocation as its type and its value. */
export function encodeRevocation(revocation: Revocation): [type: string, value: string] {
  switch (revocation.type) {
    case 'session':
    case 'recheck':
      return [revocation.type, revocation.handle];
    case 'claims':
      return [revocation.type, `${revocation.claimsVersion} ${revocation.handle}`];
    case 'token':
      return [revocation.type, revocation.jti];
    case 'everyone':
      return [revocation.type, String(revocation.epoch)];
  }
}

/** Returns undefined for types of a newer version of the package, and for the entry that began the log. */
export function decodeRevocation(type: string, value: string): Revocation | undefined {
  switch (type) {
    case 'session':
    case 'recheck':
      return { type, handle: value };
    case 'claims': {
      const [claimsVersion = '', handle = ''] = value.split(' ');
      return { type, handle, claimsVersion: Number(claimsVersion) };
    }
    case 'token':
      return { type, jti: value };
    case 'everyone':
      return { type, epoch: Number(value) };
    default:
      return undefined;
  }
}
