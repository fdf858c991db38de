import { describe, expect, it } from '@jest/globals';
import type { Session } from 'nestjs-session-kit';
import { send } from '../support/http-client.js';
import { STORE_MATRIX, useFixture } from '../support/fixture.js';
import { AccountController, login } from './account.controller.js';
import { secretIn, tokensIn } from '../support/session-credential.js';

const UNKNOWN_HANDLE = 'abc.AAAAAAAAAAAAAAAAAAAAAA';
const handlesOf = (sessions: readonly Session[]): string[] =>
  sessions.map(({ handle }) => handle).toSorted();

const increment = (data: object): object => ({
  count: (data as { count: number }).count + 1,
});

describe.each(STORE_MATRIX)('with $store: SessionService', (entry) => {
  const fixture = useFixture(entry, { controllers: [AccountController] });
  const create = (userId: string) => fixture.sessions.create({ transport: 'cookie', userId });

  it('create gives a secret that resolve knows, and a handle that find knows', async () => {
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

  it('OAuth 2.1 §4.3 a handle is no secret and a secret is no handle', async () => {
    const { session, secret } = await create('u1');
    expect(await fixture.sessions.resolve(session.handle)).toBeNull();
    expect(await fixture.sessions.find(secret)).toBeNull();
  });

  it.each([undefined, null, 1, '', {}, [], '*', 'x'.repeat(10_000), '__proto__', 'abc.{x}'])(
    'what cannot be a handle or secret (%#) is nothing, and asks the store nothing',
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
    'what cannot be a userId (%#) is a TypeError that says so',
    async (value) => {
      const userId = value as string;
      await expect(fixture.sessions.create({ transport: 'cookie', userId })).rejects.toThrow(
        /^userId must be a string/,
      );
      await expect(fixture.sessions.list(userId)).rejects.toThrow(/^userId must be a string/);
      await expect(fixture.sessions.revokeUser(userId)).rejects.toThrow(/^userId must be a string/);
    },
  );

  it('update merges a patch, takes a function, and what it answers is what find answers', async () => {
    const { session } = await fixture.sessions.create({
      transport: 'cookie',
      userId: 'u1',
      data: { a: 1, b: 1 },
    });
    const patched = await fixture.sessions.update(session.handle, { b: 2 } as object);
    expect(patched.data).toEqual({ a: 1, b: 2 });
    const changed = await fixture.sessions.update(session.handle, (data) => ({ ...data, c: 3 }));
    expect(changed.data).toEqual({ a: 1, b: 2, c: 3 });
    expect(await fixture.sessions.find(session.handle)).toEqual(changed);
  });

  it('parallel updates are all applied', async () => {
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

  it('an update of an ended session is SESSION_ENDED and does not bring it back', async () => {
    const { session, secret } = await create('ended');
    await fixture.sessions.revoke(session.handle);
    await expect(fixture.sessions.update(session.handle, {})).rejects.toMatchObject({
      code: 'SESSION_ENDED',
    });
    expect(await fixture.sessions.resolve(secret)).toBeNull();
    expect(await fixture.sessions.list('ended')).toEqual([]);
  });

  it.each(['{"__proto__":{"admin":1}}', '{"a":{"constructor":{"prototype":{"admin":1}}}}'])(
    '15.3.6 data of %s is 400, and nothing is polluted',
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

  it('data beyond 32768 bytes is 413 and changes nothing', async () => {
    const { session } = await create('u1');
    await expect(
      fixture.sessions.update(session.handle, { blob: 'x'.repeat(32_768) } as object),
    ).rejects.toMatchObject({ status: 413 });
    expect((await fixture.sessions.find(session.handle))?.data).toEqual({});
  });

  it('CS-Session "privilege change" regenerate gives a new handle and secret, keeps the rest, kills the old', async () => {
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

  it('regenerate ends the tokens of a bearer session and answers with new ones', async () => {
    const old = await login(fixture.url, { userId: 'u1' });
    const renewed = await fixture.sessions.regenerate(old.handle);
    const dead = { code: 'SESSION_ENDED' };
    await expect(fixture.tokens.verifyAccess(old.accessToken)).rejects.toMatchObject(dead);
    await expect(fixture.tokens.refresh(old.refreshToken)).rejects.toMatchObject(dead);
    const { accessToken: token } = tokensIn(renewed);
    const me = await send(`${fixture.url}/account/user`, { token });
    expect(me.status).toBe(200);
  });

  it('revoke tells whether there was something to end', async () => {
    const { session } = await create('u1');
    expect(await fixture.sessions.revoke(session.handle)).toBe(true);
    expect(await fixture.sessions.revoke(session.handle)).toBe(false);
    expect(await fixture.sessions.revoke(UNKNOWN_HANDLE)).toBe(false);
  });

  it('7.4.3 revokeOthers keeps the one session and ends the others of that user alone', async () => {
    const kept = await create('careful');
    const ended = [await create('careful'), await create('careful')];
    const stranger = await create('stranger');
    expect(await fixture.sessions.revokeOthers('careful', kept.session.handle)).toBe(2);
    for (const { secret } of ended) expect(await fixture.sessions.resolve(secret)).toBeNull();
    expect(handlesOf(await fixture.sessions.list('careful'))).toEqual([kept.session.handle]);
    expect(await fixture.sessions.resolve(stranger.secret)).not.toBeNull();
  });

  it('7.4.2 revokeUser ends all sessions of the user, and a later login works', async () => {
    const secrets = [await create('gone'), await create('gone')].map(({ secret }) => secret);
    const stranger = await create('stranger');
    expect(await fixture.sessions.revokeUser('gone')).toBe(2);
    expect(await fixture.sessions.revokeUser('gone')).toBe(0);
    for (const secret of secrets) expect(await fixture.sessions.resolve(secret)).toBeNull();
    expect(await fixture.sessions.resolve(stranger.secret)).not.toBeNull();
    const { secret } = await create('gone');
    expect(await fixture.sessions.resolve(secret)).not.toBeNull();
  });

  it('7.4.5 revokeEveryone ends what was there, and a login in the same instant after it counts', async () => {
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

  it('list is newest first and empty for who has none', async () => {
    const made = [];
    for (let i = 0; i < 3; i++) {
      fixture.clock.advance(1);
      made.unshift((await create('ordered')).session.handle);
    }
    expect((await fixture.sessions.list('ordered')).map(({ handle }) => handle)).toEqual(made);
    expect(await fixture.sessions.list('nobody')).toEqual([]);
  });
});
