import type { Revocation } from '../../../store/revocation.js';

/** Encodes a revocation as one field of a stream entry: its type and its value. */
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

/** Returns undefined for types of a newer version of the package, and for the entry that initialised the stream. */
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

/** Returns the fields of an entry, which Redis returns as a flat list. */
export function fieldsOf(flat: readonly string[]): [type: string, value: string][] {
  return flat.flatMap((type, i) => (i % 2 === 0 ? [[type, flat[i + 1] ?? '']] : []));
}
