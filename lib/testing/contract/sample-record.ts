import { randomId } from '../../core/random.js';
import { newHandle } from '../../rules/handle.js';
import type { SessionRecord } from '../../rules/session-record.js';

const HOUR_MS = 3_600_000;

/** A record as the kit writes it, of a user of its own unless one is given, that lives for an hour if nobody uses it. */
export function sampleRecord(nowMs: number, changes: Partial<SessionRecord> = {}): SessionRecord {
  const userId = changes.userId ?? `user-${randomId()}`;
  const issuedAt = Math.floor(nowMs / 1000);
  const stamp = (): { jti: string; iat: number; exp: number } => ({
    jti: randomId(),
    iat: issuedAt,
    exp: issuedAt + 3600,
  });
  return {
    handle: newHandle(userId),
    version: 1,
    writeId: randomId(),
    userId,
    epoch: 0,
    lineage: randomId(),
    persistent: false,
    transport: 'bearer',
    claims: { email: 'ada@example.com', role: 'admin' },
    claimsVersion: 2,
    data: { theme: 'dark', basket: [1, 2, { sku: 'a' }] },
    device: { ip: '192.0.2.1', userAgent: 'Browser/1.0 (Öl; 油)', label: 'Laptop' },
    createdAtMs: nowMs,
    lastSeenAtMs: nowMs,
    authenticatedAtMs: nowMs,
    idleTimeoutMs: HOUR_MS,
    absoluteExpiresAtMs: nowMs + 24 * HOUR_MS,
    refresh: { gen: 3, current: stamp(), previous: stamp(), rotatedAtMs: nowMs },
    handleMac: randomId(),
    deniedTokens: [{ jti: randomId(), exp: issuedAt + 3600 }],
    ...changes,
  };
}

/** What a rule made of the record: the next version, with other data. */
export function nextVersion(
  record: SessionRecord,
  changes: Partial<SessionRecord> = {},
): SessionRecord {
  return {
    ...record,
    version: record.version + 1,
    writeId: randomId(),
    data: { theme: 'light' },
    ...changes,
  };
}
