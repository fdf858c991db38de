import { describe, expect, it } from '@jest/globals';
import type { AccessClaims, SessionRecord } from 'nestjs-session-kit';
import { type AccessDecision, decideAccess } from '../../../lib/rules/access-decision.js';
import { NOW, NOW_MS, recordOf } from '../fixtures.js';

const CLAIMS: AccessClaims = {
  sub: 'user-1',
  sid: 'abc.AAAAAAAAAAAAAAAAAAAAAA',
  lin: 'lineage',
  jti: 'access-1',
  iss: 'iss',
  aud: 'aud',
  iat: NOW,
  exp: NOW + 3600,
  type: 'access',
  auth_time: NOW,
  cver: 2,
  epoch: 0,
};
const DENIED = [{ jti: 'access-1', exp: NOW + 3600 }];

describe('decideAccess', () => {
  it.each<[AccessDecision, string, Partial<AccessClaims>, SessionRecord | null]>([
    ['valid', 'the session is live', {}, recordOf()],
    ['ended', 'there is no session', {}, null],
    ['ended', 'the session belongs to another user', { sub: 'user-2' }, recordOf()],
    ['ended', 'the absolute timeout is now', {}, recordOf({ absoluteExpiresAtMs: NOW_MS })],
    [
      'valid',
      'the absolute timeout is 1 ms ahead',
      {},
      recordOf({ absoluteExpiresAtMs: NOW_MS + 1 }),
    ],
    ['ended', 'the idle timeout is now', {}, recordOf({ idleTimeoutMs: 10_000 })],
    ['valid', 'the idle timeout is 1 ms ahead', {}, recordOf({ idleTimeoutMs: 10_001 })],
    ['denied', 'this token was revoked', {}, recordOf({ deniedTokens: DENIED })],
    ['valid', 'another token was revoked', { jti: 'access-2' }, recordOf({ deniedTokens: DENIED })],
    ['outdated', 'the claims have changed since', { cver: 1 }, recordOf()],
    ['valid', 'the token has a newer version than an outdated record', { cver: 3 }, recordOf()],
    [
      'ended',
      'the session has ended and the token is denied too',
      {},
      recordOf({ deniedTokens: DENIED, absoluteExpiresAtMs: NOW_MS }),
    ],
    ['denied', 'it is outdated too', { cver: 1 }, recordOf({ deniedTokens: DENIED })],
  ])('returns %s when %s', (decision, _when, claims, record) => {
    expect(decideAccess({ ...CLAIMS, ...claims }, record, NOW_MS)).toBe(decision);
  });
});
