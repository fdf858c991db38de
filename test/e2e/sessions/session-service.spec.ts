import { describe, expect, it } from '@jest/globals';
import type { Session } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { STORE_MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';
import { secretIn, tokensIn } from '../../support/session-credential.js';
import { lengthenTimeouts } from '../../support/lengthen-timeouts.js';

lengthenTimeouts();

const UNKNOWN_HANDLE = 'abc.AAAAAAAAAAAAAAAAAAAAAA';
const handlesOf = (sessions: readonly Session[]): string[] =>
  sessions.map(({ handle }) => handle).toSorted();

const increment = (data: object): object => ({
  count: (data as { count: number }).count + 1,
});

describe.each(STORE_MATRIX)('with $store: SessionService', (entry) => {
  const fixture = useFixture(entry, { controllers: [ApiAppController] });
  const create = (userId: string) => fixture.sessions.create({ transport: 'cookie', userId });

  it('creates a session that resolve finds by its secret and find by its handle', async () => {
    const device = { label: 'import job' };
    const { session, secret } = await fixture.sessions.create({
      transport: 'cookie',
      userId: 'u1',
      claims: { role: 'editor' },
      data: { step: 1 },
      device,
    });
    expect(session).toMatchObject({
      user: { id: 'u1', role: 'editor' },
      data: { step: 1 },
      device,
    });
    expect(session.expiresAt.getTime()).toBe(fixture.clock.nowMs() + 86_400_000);
    expect(await fixture.sessions.resolve(secret)).toEqual(session);
    expect(await fixture.sessions.find(session.handle)).toEqual(session);
  });

  it('OAuth 2.1 §4.3 does not accept a handle as a secret or a secret as a handle', async () => {
    const { session, secret } = await create('u1');
    expect(await fixture.sessions.resolve(session.handle)).toBeNull();
    expect(await fixture.sessions.find(secret)).toBeNull();
  });

  it.each([undefined, null, 1, '', {}, [], '*', 'x'.repeat(10_000), '__proto__', 'abc.{x}'])(
    'finds no session for an invalid handle or secret (%#), without a store call',
    async (value) => {
      const given = value as string;
      fixture.calls.length = 0;
      expect(await fixture.sessions.find(given)).toBeNull();
      expect(await fixture.sessions.resolve(given)).toBeNull();
      expect(await fixture.sessions.revoke(given)).toBe(false);
      await expect(fixture.sessions.update(given, {})).rejects.toMatchObject({
        code: 'SESSION_ENDED',
      });
      await expect(fixture.sessions.regenerate(given)).rejects.toMatchObject({
        code: 'SESSION_ENDED',
      });
      expect(fixture.calls).toEqual([]);
    },
  );

  it.each([undefined, null, 1, '', {}, 'x'.repeat(256)])(
    'throws a descriptive TypeError for an invalid userId (%#)',
    async (value) => {
      const userId = value as string;
      await expect(fixture.sessions.create({ transport: 'cookie', userId })).rejects.toThrow(
        /^userId must be a string/,
      );
      await expect(fixture.sessions.list(userId)).rejects.toThrow(/^userId must be a string/);
      await expect(fixture.sessions.revokeUser(userId)).rejects.toThrow(/^userId must be a string/);
    },
  );

  it('updates data by a patch or a function and returns the same session as find', async () => {
    const { session } = await fixture.sessions.create({
      transport: 'cookie',
      userId: 'u1',
      data: { a: 1, b: 1 },
    });
    const patched = await fixture.sessions.update(session.handle, { b: 2 });
    expect(patched.data).toEqual({ a: 1, b: 2 });
    const changed = await fixture.sessions.update(session.handle, (data) => ({ ...data, c: 3 }));
    expect(changed.data).toEqual({ a: 1, b: 2, c: 3 });
    expect(await fixture.sessions.find(session.handle)).toEqual(changed);
  });

  it('applies all parallel updates', async () => {
    const { session } = await fixture.sessions.create({
      transport: 'cookie',
      userId: 'u1',
      data: { count: 0 },
    });
    await Promise.all(
      Array.from({ length: 25 }, () => fixture.sessions.update(session.handle, increment)),
    );
    expect((await fixture.sessions.find(session.handle))?.data).toEqual({ count: 25 });
  });

  it('refuses an update of an ended session with SESSION_ENDED and does not restore it', async () => {
    const { session, secret } = await create('ended');
    await fixture.sessions.revoke(session.handle);
    await expect(fixture.sessions.update(session.handle, {})).rejects.toMatchObject({
      code: 'SESSION_ENDED',
    });
    expect(await fixture.sessions.resolve(secret)).toBeNull();
    expect(await fixture.sessions.list('ended')).toEqual([]);
  });

  it.each(['{"__proto__":{"admin":1}}', '{"a":{"constructor":{"prototype":{"admin":1}}}}'])(
    '15.3.6 refuses data of %s with 400, without prototype pollution',
    async (json) => {
      const { session } = await fixture.sessions.create({
        transport: 'cookie',
        userId: 'u1',
        data: { kept: 1 },
      });
      const data = JSON.parse(json) as object;
      const refused = { status: 400 };
      await expect(fixture.sessions.update(session.handle, data)).rejects.toMatchObject(refused);
      await expect(fixture.sessions.update(session.handle, () => data)).rejects.toMatchObject(
        refused,
      );
      await expect(
        fixture.sessions.create({ transport: 'cookie', userId: 'u1', data }),
      ).rejects.toMatchObject(refused);
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
      expect((await fixture.sessions.find(session.handle))?.data).toEqual({ kept: 1 });
    },
  );

  it('refuses data beyond 32768 bytes with 413, without effect', async () => {
    const { session } = await create('u1');
    await expect(
      fixture.sessions.update(session.handle, { blob: 'x'.repeat(32_768) }),
    ).rejects.toMatchObject({ status: 413 });
    expect((await fixture.sessions.find(session.handle))?.data).toEqual({});
  });

  it('CS-Session "privilege change" replaces the handle and secret on regenerate and keeps the rest', async () => {
    const old = await fixture.sessions.create({
      transport: 'cookie',
      userId: 'riser',
      claims: { role: 'editor' },
      data: { cart: ['book'] },
    });
    const renewed = await fixture.sessions.regenerate(old.session.handle);
    const { session } = renewed;
    expect(session).toEqual({ ...old.session, handle: session.handle });
    expect(session.handle).not.toBe(old.session.handle);
    expect(await fixture.sessions.resolve(secretIn(renewed))).toEqual(session);
    expect(await fixture.sessions.resolve(old.secret)).toBeNull();
    expect(await fixture.sessions.find(old.session.handle)).toBeNull();
    expect(handlesOf(await fixture.sessions.list('riser'))).toEqual([session.handle]);
    await expect(fixture.sessions.regenerate(old.session.handle)).rejects.toMatchObject({
      code: 'SESSION_ENDED',
    });
  });

  it('replaces the tokens of a bearer session on regenerate', async () => {
    const old = await login(fixture.url, { userId: 'u1' });
    const renewed = await fixture.sessions.regenerate(old.handle);
    const dead = { code: 'SESSION_ENDED' };
    await expect(fixture.tokens.verifyAccess(old.accessToken)).rejects.toMatchObject(dead);
    await expect(fixture.tokens.refresh(old.refreshToken)).rejects.toMatchObject(dead);
    const { accessToken: token } = tokensIn(renewed);
    const me = await send(`${fixture.url}/api/user`, { token });
    expect(me.status).toBe(200);
  });

  it('returns whether revoke ended a session', async () => {
    const { session } = await create('u1');
    expect(await fixture.sessions.revoke(session.handle)).toBe(true);
    expect(await fixture.sessions.revoke(session.handle)).toBe(false);
    expect(await fixture.sessions.revoke(UNKNOWN_HANDLE)).toBe(false);
  });

  it('7.4.3 ends the other sessions of this user only on revokeOthers', async () => {
    const kept = await create('careful');
    const ended = [await create('careful'), await create('careful')];
    const stranger = await create('stranger');
    expect(await fixture.sessions.revokeOthers('careful', kept.session.handle)).toBe(2);
    for (const { secret } of ended) expect(await fixture.sessions.resolve(secret)).toBeNull();
    expect(handlesOf(await fixture.sessions.list('careful'))).toEqual([kept.session.handle]);
    expect(await fixture.sessions.resolve(stranger.secret)).not.toBeNull();
  });

  it('7.4.2 ends all sessions of the user on revokeUser, and accepts a later login', async () => {
    const secrets = [await create('gone'), await create('gone')].map(({ secret }) => secret);
    const stranger = await create('stranger');
    expect(await fixture.sessions.revokeUser('gone')).toBe(2);
    expect(await fixture.sessions.revokeUser('gone')).toBe(0);
    for (const secret of secrets) expect(await fixture.sessions.resolve(secret)).toBeNull();
    expect(await fixture.sessions.resolve(stranger.secret)).not.toBeNull();
    const { secret } = await create('gone');
    expect(await fixture.sessions.resolve(secret)).not.toBeNull();
  });

  it('7.4.5 ends all sessions on revokeEveryone, but not a later one of the same instant', async () => {
    const earlier = [];
    for (let i = 0; i < 20; i++) earlier.push(await login(fixture.url, { userId: `user ${i}` }));
    await fixture.sessions.revokeEveryone();
    const later = await login(fixture.url, { userId: 'user 1' });
    for (const { accessToken, refreshToken } of earlier) {
      const dead = { code: 'SESSION_ENDED' };
      await expect(fixture.tokens.verifyAccess(accessToken)).rejects.toMatchObject(dead);
      await expect(fixture.tokens.refresh(refreshToken)).rejects.toMatchObject(dead);
    }
    await expect(fixture.tokens.verifyAccess(later.accessToken)).resolves.toMatchObject({
      sid: later.handle,
    });
    expect(handlesOf(await fixture.sessions.list('user 1'))).toEqual([later.handle]);
  });

  it('lists sessions newest first, and none for a user without sessions', async () => {
    const made = [];
    for (let i = 0; i < 3; i++) {
      fixture.clock.advance(1);
      made.unshift((await create('ordered')).session.handle);
    }
    expect((await fixture.sessions.list('ordered')).map(({ handle }) => handle)).toEqual(made);
    expect(await fixture.sessions.list('unknown')).toEqual([]);
  });
});
