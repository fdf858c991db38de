import { describe, expect, it } from '@jest/globals';
import type { ListedSession } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

const times = (createdMs: number): object => ({
  createdAt: new Date(createdMs).toISOString(),
  lastSeenAt: new Date(createdMs).toISOString(),
  expiresAt: new Date(createdMs + 7 * 86_400_000).toISOString(),
});

describe.each(MATRIX)('$adapter with $store: the list of sessions', (entry) => {
  const fixture = useFixture(entry, { controllers: [ApiAppController] });
  const list = (token: string) => send<ListedSession[]>(`${fixture.url}/auth/sessions`, { token });
  const end = (handle: string, token: string) =>
    send(`${fixture.url}/auth/sessions/${handle}`, { method: 'DELETE', token });

  it('7.5.2 shows the sessions of the user, newest first, with device, times and a current flag', async () => {
    const phone = await login(fixture.url, { userId: 'lister', label: 'phone' });
    fixture.clock.advance(1000);
    const laptop = await login(fixture.url, { userId: 'lister', label: 'laptop' });
    fixture.clock.advance(1000);
    await login(fixture.url, { userId: 'another user' });

    const { status, body, headers, text } = await list(phone.accessToken);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const device = { ip: '127.0.0.1', userAgent: 'node' };
    const nowMs = fixture.clock.nowMs();
    expect(body).toEqual([
      {
        handle: laptop.handle,
        ...times(nowMs - 1000),
        device: { ...device, label: 'laptop' },
        current: false,
      },
      {
        handle: phone.handle,
        ...times(nowMs - 2000),
        device: { ...device, label: 'phone' },
        current: true,
      },
    ]);
    for (const token of [phone, laptop].flatMap((t) => [t.accessToken, t.refreshToken])) {
      expect(text).not.toContain(token);
    }
  });

  it('omits expired sessions', async () => {
    await login(fixture.url, { userId: 'old' });
    fixture.clock.advance(7 * 86_400_000);
    const { accessToken, handle } = await login(fixture.url, { userId: 'old' });
    const { body } = await list(accessToken);
    expect(body.map((session) => session.handle)).toEqual([handle]);
  });

  it('requires an access token', async () => {
    const { status, body, headers } = await send(`${fixture.url}/auth/sessions`);
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'TOKEN_MISSING' });
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  it('lets a user end one of their sessions with 204 and no body', async () => {
    const here = await login(fixture.url, { userId: 'ender' });
    const there = await login(fixture.url, { userId: 'ender' });
    const { status, text } = await end(there.handle, here.accessToken);
    expect([status, text]).toEqual([204, '']);
    const dead = await send(`${fixture.url}/api/user`, { token: there.accessToken });
    expect(dead.body).toMatchObject({ code: 'SESSION_ENDED' });
    expect((await list(here.accessToken)).body.map(({ handle }) => handle)).toEqual([here.handle]);
    expect((await end(there.handle, here.accessToken)).status).toBe(404);
  });

  it('lets a user end the session of the request', async () => {
    const { accessToken, handle } = await login(fixture.url, { userId: 'ender' });
    expect((await end(handle, accessToken)).status).toBe(204);
    expect((await list(accessToken)).status).toBe(401);
  });

  it('8.2.2 answers 404 for the session of another user, as for an unknown one, and keeps it live', async () => {
    const mine = await login(fixture.url, { userId: 'thief' });
    const theirs = await login(fixture.url, { userId: 'victim' });
    const unknown = theirs.handle.slice(0, 4) + mine.handle.slice(4);
    const answers = [
      await end(theirs.handle, mine.accessToken),
      await end(unknown, mine.accessToken),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(404);
      expect(body).toEqual({ statusCode: 404, error: 'Not Found', message: 'Session not found' });
    }
    const alive = await send(`${fixture.url}/api/user`, { token: theirs.accessToken });
    expect(alive.status).toBe(200);
  });
});
