import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type SessionClaims,
  type SessionEvent,
  SessionEvents,
  type SessionRecord,
  SessionStore,
} from 'nestjs-session-kit';
import type { Browser } from '../../support/browser-client.js';
import { MATRIX } from '../../support/fixture.js';
import { type BrowserApp, useBrowserApp } from '../../support/apps/use-browser-app.js';

/** Claims within the limit of claims, but too large for a token in a cookie. */
const LARGE = { role: 'user', groups: 'g'.repeat(3500) } as SessionClaims;
const SMALL = { role: 'user' } as SessionClaims;
const LOGIN = { transport: 'bearer-cookie', claims: SMALL } as const;

async function recordOf(fixture: BrowserApp, userId: string): Promise<SessionRecord> {
  const [record] = await fixture.app.get(SessionStore).list(userId);
  return record!;
}

/** Writes claims that an earlier version of the application could store, with shorter cookie names or keys. */
async function writeClaims(
  fixture: BrowserApp,
  userId: string,
  claims: SessionClaims,
): Promise<void> {
  const record = await recordOf(fixture, userId);
  const next = { ...record, claims, version: record.version + 1 };
  expect(await fixture.app.get(SessionStore).replace(next, record.version)).toBe(true);
}

const refresh = (browser: Browser) => browser.act('/auth/refresh');

describe.each(MATRIX)('$adapter with $store: claims too large for the access cookie', (entry) => {
  let answer: SessionClaims = SMALL;
  const fixture = useBrowserApp(entry, { options: { claimsFor: async () => answer } });
  const plain = useBrowserApp(entry);
  let seen: SessionEvent['type'][];

  beforeEach(() => {
    answer = SMALL;
    seen = [];
  });

  it('fail a refresh when claimsFor returns them, and leave the session unchanged', async () => {
    const browser = await fixture.loggedIn({ ...LOGIN, userId: 'ada' });
    const before = await recordOf(fixture, 'ada');
    fixture.app.get(SessionEvents).on(({ type }) => void seen.push(type));
    answer = LARGE;
    const { status, body, setCookies } = await refresh(browser);
    expect([status, body['code'], setCookies]).toEqual([503, 'STORE_UNAVAILABLE', []]);
    expect(await recordOf(fixture, 'ada')).toEqual(before);
    answer = SMALL;
    fixture.clock.advance(60_000);
    expect((await refresh(browser)).status).toBe(200);
    expect((await browser.get('/name')).status).toBe(200);
    expect(seen).toEqual(['session.refreshed']);
  });

  it('fail a refresh when the record contains them, without using the token', async () => {
    const browser = await plain.loggedIn({ ...LOGIN, userId: 'bob' });
    await writeClaims(plain, 'bob', LARGE);
    const before = await recordOf(plain, 'bob');
    plain.app.get(SessionEvents).on(({ type }) => void seen.push(type));
    for (let attempt = 0; attempt < 2; attempt++) {
      const { status, setCookies } = await refresh(browser);
      expect([status, setCookies]).toEqual([500, []]);
      plain.clock.advance(60_000);
    }
    expect(await recordOf(plain, 'bob')).toEqual(before);
    await writeClaims(plain, 'bob', SMALL);
    expect((await refresh(browser)).status).toBe(200);
    expect(seen).toEqual(['session.refreshed']);
  });

  it('fail regenerate and confirm when the record contains them, without effect', async () => {
    const browser = await plain.loggedIn({ ...LOGIN, userId: 'cleo' });
    await writeClaims(plain, 'cleo', LARGE);
    const before = await recordOf(plain, 'cleo');
    await expect(plain.sessions.regenerate(before.handle)).rejects.toThrow(/^the cookie .* bytes/);
    expect((await browser.act('/confirm')).status).toBe(500);
    expect(await recordOf(plain, 'cleo')).toEqual(before);
  });

  it('are refused by updateClaims for all sessions of the user', async () => {
    const browser = await plain.loggedIn({ ...LOGIN, userId: 'dora' });
    const other = await plain.loggedIn({ transport: 'cookie', claims: SMALL, userId: 'dora' });
    const { sessions } = plain;
    await expect(sessions.updateClaims('dora', LARGE)).rejects.toThrow(/^the cookie .* bytes/);
    expect((await sessions.list('dora')).map(({ user }) => user)).toEqual([
      { id: 'dora', ...SMALL },
      { id: 'dora', ...SMALL },
    ]);
    expect((await browser.get('/name')).status).toBe(200);
    expect((await other.get('/name')).status).toBe(200);
  });

  it('are accepted if no cookie has to contain them', async () => {
    const { session } = await plain.sessions.create({ transport: 'bearer', userId: 'emil' });
    await plain.loggedIn({ transport: 'cookie', userId: 'emil' });
    expect(await plain.sessions.updateClaims('emil', LARGE)).toBe(2);
    const renewed = await plain.tokens.issue(session);
    expect(await plain.tokens.verifyAccess(renewed.accessToken)).toMatchObject(LARGE);
  });
});
