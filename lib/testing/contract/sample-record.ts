import { randomId } from '../../core/random.js';
import { newHandle } from '../../rules/handle.js';
import type { SessionRecord } from '../../rules/session-record.js';

const HOUR_MS = 3_600_000;

/** Returns a record as the package writes it, with a new user unless one is given, and an idle timeout of one hour. */
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

/** Returns the next version of the record, with different data. */
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
