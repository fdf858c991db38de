import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { SessionClaims } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { ClaimsProvider, withProvidedClaims } from '../../../lib/sessions/claims-provider.js';
import { TokenIssuer } from '../../../lib/sessions/token-issuer.js';
import { codecWith, NOW_MS, recordOf, SECRET } from '../fixtures.js';

Logger.overrideLogger(false);

const RECORD = recordOf({ claims: { role: 'admin' }, claimsVersion: 2 });

/** The claims for `RECORD` in an application with this function. */
function claimsBy(claimsFor?: () => Promise<unknown>): Promise<SessionClaims | null> {
  const written = claimsFor && { claimsFor: claimsFor as () => Promise<SessionClaims> };
  const options = resolveOptions({ secret: SECRET, ...written }, false);
  const issuer = new TokenIssuer(codecWith().codec, options);
  return new ClaimsProvider(issuer, new FakeClock(NOW_MS), options).claimsOf(RECORD);
}

describe('the claims of a session', () => {
  it('are those of the record without claimsFor', async () => {
    expect(await claimsBy()).toEqual({ role: 'admin' });
  });

  it('are those that claimsFor returns', async () => {
    expect(await claimsBy(async () => ({ role: 'guest' }))).toEqual({ role: 'guest' });
  });

  it.each([null, undefined])('7.4.2 end the session if claimsFor returns %s', async (none) => {
    expect(await claimsBy(async () => none)).toBeNull();
  });

  it.each<[what: string, claimsFor: () => Promise<unknown>]>([
    ['fails', () => Promise.reject(new Error('the database is down'))],
    ['returns a list', async () => ['admin']],
    ['returns a reserved claim', async () => ({ sub: 'another user' })],
    ['returns claims that no token can carry', async () => ({ name: 'x'.repeat(4096) })],
  ])('are unknown if claimsFor %s', async (_what, claimsFor) => {
    await expect(claimsBy(claimsFor)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('a record with claims of claimsFor', () => {
  it('is the same one if they are equal', () => {
    const provided = { claims: { role: 'admin' }, claimsVersion: 2 };
    expect(withProvidedClaims(RECORD, provided, NOW_MS)).toBe(RECORD);
  });

  it('8.3.2 has a version that follows the clock and always grows', () => {
    const provided = { claims: { role: 'guest' }, claimsVersion: 2 };
    const changed = { ...RECORD, claims: { role: 'guest' } };
    expect(withProvidedClaims(RECORD, provided, NOW_MS)).toEqual({
      ...changed,
      claimsVersion: NOW_MS,
    });
    expect(withProvidedClaims(RECORD, provided, 1)).toEqual({ ...changed, claimsVersion: 3 });
  });

  it('8.3.2 is not made if the claims changed after the call', () => {
    const provided = { claims: { role: 'guest' }, claimsVersion: 1 };
    expect(withProvidedClaims(RECORD, provided, NOW_MS)).toBeUndefined();
  });
});
