import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { HmacKey } from '../core/hmac.js';
import { KeyRing } from '../jwt/key-ring.js';
import type { SessionRecord } from '../rules/session-record.js';

/** RFC 2104 section 5 allows a MAC of half the length. The handle has 128 bits too. */
const MAC_BYTES = 16;

/**
 * Binds session records to the keys of the app that writes them. A token proves by its signature which app issued it. A
 * session cookie does not: without the binding, an app would accept the cookies of every other app that uses the same
 * key prefix in the same Redis.
 */
@Injectable()
export class RecordBinding {
  constructor(private readonly keys: KeyRing) {}

  /** @returns the record with the MAC of its handle under the current key */
  bind(record: SessionRecord): SessionRecord {
    const [current] = this.keys.records;
    return { ...record, handleMac: macOf(record, current).toString('base64url') };
  }

  /**
   * Whether one of the configured keys binds the record. Unbound records of versions before this rule are accepted,
   * too.
   */
  accepts(record: SessionRecord): boolean {
    return !this.isBound(record) || this.keys.records.some((key) => isBoundBy(record, key));
  }

  isBound({ handleMac }: SessionRecord): boolean {
    return handleMac !== undefined;
  }

  /** Whether the current key binds the record, so that it remains valid when the previous keys are removed. */
  isCurrent(record: SessionRecord): boolean {
    const [current] = this.keys.records;
    return isBoundBy(record, current);
  }
}

function macOf({ handle }: SessionRecord, key: HmacKey): Buffer {
  return key.mac(handle).subarray(0, MAC_BYTES);
}

function isBoundBy(record: SessionRecord, key: HmacKey): boolean {
  const mac = Buffer.from(String(record.handleMac), 'base64url');
  return mac.length === MAC_BYTES && timingSafeEqual(mac, macOf(record, key));
}
