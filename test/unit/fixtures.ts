import { createHmac, type KeyObject } from 'node:crypto';
import { Clock, type SessionRecord, type StoreBackend } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { RecordBinding } from '../../lib/store/record-binding.js';
import { ResilientSessionStore } from '../../lib/store/resilient-session-store.js';
import { StoreCaller } from '../../lib/store/store-caller.js';
import { SessionEvents } from '../../lib/events/session-events.service.js';
import { NodeRevocationLog } from '../../lib/revocation/node-revocation-log.js';
import { RevocationAwareSessionStore } from '../../lib/revocation/revocation-aware-session-store.js';
import { RevocationCache } from '../../lib/revocation/revocation-cache.js';
import { secretOf } from '../support/secret-of.js';
import { KeyRing, type TokenKey } from '../../lib/jwt/key-ring.js';
import { resolveOptions } from '../../lib/options/options-resolver.js';
import type { Secret } from '../../lib/options/key-options.js';
import type { WrittenOptions } from '../../lib/options/session-options.js';
import { secretBytes } from '../../lib/options/secret/secret.js';
import {
  type AccessInput,
  type RefreshInput,
  type RefusedToken,
  TokenCodec,
  type TokenRefusal,
  type VerifiedAccess,
  type VerifiedRefresh,
} from '../../lib/jwt/token-codec.js';
import { TokenSignatures } from '../../lib/jwt/token-signatures.js';

export const SECRET = secretOf('the unit tests');
export const NOW_MS = Date.UTC(2026, 10, 24, 12);
export const NOW = NOW_MS / 1000;

/** A live bearer session at `NOW_MS`, 60 s old, in its third pair of tokens. */
export function recordOf(changes: Partial<SessionRecord> = {}): SessionRecord {
  return {
    handle: 'abc.AAAAAAAAAAAAAAAAAAAAAA',
    version: 3,
    writeId: 'write',
    userId: 'user-1',
    epoch: 4,
    lineage: 'lineage',
    transport: 'bearer',
    persistent: false,
    claims: { role: 'admin' },
    claimsVersion: 2,
    data: { theme: 'dark' },
    device: { ip: '192.0.2.1' },
    createdAtMs: NOW_MS - 60_000,
    lastSeenAtMs: NOW_MS - 10_000,
    authenticatedAtMs: NOW_MS - 60_000,
    idleTimeoutMs: 3_600_000,
    absoluteExpiresAtMs: NOW_MS + 86_400_000,
    refresh: {
      gen: 2,
      current: { jti: 'current', iat: NOW - 10, exp: NOW + 3590 },
      previous: { jti: 'previous', iat: NOW - 60, exp: NOW + 3540 },
      rotatedAtMs: NOW_MS - 10_000,
    },
    deniedTokens: [],
    ...changes,
  };
}

export interface CodecSetup {
  readonly codec: TokenCodec;
  readonly signatures: TokenSignatures;
  readonly keys: KeyRing;
}

/** The store and revocation log as an application uses them. */
export interface WrappedBackend {
  readonly store: RevocationAwareSessionStore;
  readonly log: NodeRevocationLog;
}

export function wrapBackend(
  backend: StoreBackend,
  cache: RevocationCache = emptyWindow(),
): WrappedBackend {
  const caller = new StoreCaller(new SessionEvents(new Clock()));
  const log = new NodeRevocationLog(backend.revocationLog, caller, cache);
  const resilient = new ResilientSessionStore(backend.store, caller);
  const store = new RevocationAwareSessionStore(resilient, log, cache, bindingWith(SECRET));
  return { store, log };
}

/** The codec of an application with these options, and its keys. */
export function codecWith(written: Partial<WrittenOptions> = {}): CodecSetup {
  const secret: Secret | readonly Secret[] = written.secret ?? SECRET;
  const options = resolveOptions({ ...written, secret }, false);
  const { tokens, keyPrefix } = options;
  const keys = new KeyRing(secretBytes(secret), { ...tokens, keyPrefix });
  const signatures = new TokenSignatures(keys);
  return { codec: new TokenCodec(signatures, options), signatures, keys };
}

export function accessInput(changes: Partial<AccessInput> = {}): AccessInput {
  return {
    sub: 'user-1',
    sid: 'abc.AAAAAAAAAAAAAAAAAAAAAA',
    lin: 'lineage',
    jti: 'access-1',
    iat: NOW,
    exp: NOW + 3600,
    auth_time: NOW,
    cver: 0,
    epoch: 4,
    app: { role: 'admin' },
    ...changes,
  };
}

export function refreshInput(changes: Partial<RefreshInput> = {}): RefreshInput {
  return {
    sub: 'user-1',
    sid: 'abc.AAAAAAAAAAAAAAAAAAAAAA',
    lin: 'lineage',
    jti: 'refresh-1',
    iat: NOW,
    exp: NOW + 604_800,
    gen: 0,
    ...changes,
  };
}

/** Header and payload of a token, without verification. */
export function partsOf(token: string): { header: unknown; payload: unknown } {
  const [header, payload] = token
    .split('.')
    .slice(0, 2)
    .map((part): unknown => JSON.parse(Buffer.from(part, 'base64url').toString()));
  return { header, payload };
}

export function base64url(value: string | Buffer): string {
  return Buffer.from(value as string).toString('base64url');
}

/**
 * A token with any header and payload and a genuine signature, which only a holder of the key can
 * make.
 */
export function signedAnyhow(
  { algorithm, signWith }: TokenKey,
  header: string | Buffer,
  payload: string,
): string {
  const signed = `${base64url(header)}.${base64url(payload)}`;
  return `${signed}.${hmac(algorithm, signWith as KeyObject, signed)}`;
}

function hmac(algorithm: TokenKey['algorithm'], key: KeyObject, text: string): string {
  return createHmac(`sha${algorithm.slice(2)}`, key)
    .update(text)
    .digest('base64url');
}

/** Why a token was refused; undefined if it is valid. */
export function reasonOf(
  verification: VerifiedAccess | VerifiedRefresh | RefusedToken,
): TokenRefusal | undefined {
  return verification.valid ? undefined : verification.reason;
}

/** The result of verifying a valid token; an error for another one. */
export function valid<T extends { readonly valid: true }>(verification: T | RefusedToken): T {
  if (!verification.valid) throw new Error(`the token is refused: ${verification.reason}`);
  return verification;
}

/** The revocation cache of an application with the default options, without any revocation. */
export function emptyWindow(clock: Clock = new FakeClock(NOW_MS)): RevocationCache {
  return new RevocationCache(clock, resolveOptions({ secret: SECRET }, false));
}

/** The record binding of an application with these secrets, current first. */
export function bindingWith(secret: Secret | readonly Secret[], keyPrefix = 'sk:'): RecordBinding {
  const { tokens } = resolveOptions({ secret }, false);
  return new RecordBinding(new KeyRing(secretBytes(secret), { ...tokens, keyPrefix }));
}
