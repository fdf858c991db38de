import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Session } from 'nestjs-session-kit';
import { newHandle, newSecret } from '../../../lib/rules/handle.js';
import { MAX_FORWARDS } from '../../../lib/store/session-store.js';
import { send } from '../../support/http-client.js';
import { codeOf } from '../../support/nodes.js';
import { secretIn } from '../../support/session-credential.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

/** A moved session with a cookie: its old handle and secret, and the current ones. */
interface Moved {
  readonly userId: string;
  readonly old: { readonly session: Session; readonly secret: string };
  readonly current: { readonly session: Session; readonly secret: string };
}

describe.each(MATRIX)('$adapter with $store: a moved session', (entry) => {
  const fixture = useFixture(entry, {
    controllers: [ApiAppController],
    options: { csrf: { require: 'origin' } },
  });

  async function moved(): Promise<Moved> {
    const userId = randomUUID();
    const old = await fixture.sessions.create({
      transport: 'cookie',
      userId,
      claims: { role: 'admin' },
    });
    const renewed = await fixture.sessions.regenerate(old.session.handle);
    return { userId, old, current: { session: renewed.session, secret: secretIn(renewed) } };
  }

  const logout = (secret: string): Promise<number> =>
    send(`${fixture.url}/auth/logout`, {
      method: 'POST',
      headers: { cookie: `__Host-session=${secret}`, 'sec-fetch-site': 'same-origin' },
    }).then(({ status }) => status);

  const end = async (handle: string, userId: string): Promise<number> => {
    const { accessToken: token } = await login(fixture.url, { userId });
    const answer = await send(`${fixture.url}/auth/sessions/${handle}`, {
      method: 'DELETE',
      token,
    });
    return answer.status;
  };

  it('7.4.1 is ended by a logout with its old cookie', async () => {
    const { old, current } = await moved();
    expect(await logout(old.secret)).toBe(200);
    expect(await fixture.sessions.resolve(current.secret)).toBeNull();
  });

  it('7.4.1 is ended by a logout with its first token, however often it moved', async () => {
    const userId = randomUUID();
    const opened = await fixture.sessions.create({ transport: 'bearer', userId });
    let { handle } = opened.session;
    for (let moves = 0; moves <= MAX_FORWARDS; moves++) {
      ({ handle } = (await fixture.sessions.regenerate(handle)).session);
    }
    const sent = { method: 'POST', token: opened.tokens.accessToken };
    expect((await send(`${fixture.url}/auth/logout`, sent)).status).toBe(200);
    expect(await fixture.sessions.list(userId)).toEqual([]);
  });

  it.each([
    [MAX_FORWARDS, 'ended', 0],
    // Only a token proves the user, by whom such a session can be found.
    [MAX_FORWARDS + 1, 'not ended', 1],
  ])('after %i moves is %s by its first cookie and handle', async (moves, _outcome, left) => {
    for (const endFirst of [
      ({ secret }: Moved['old']) => logout(secret),
      ({ session }: Moved['old']) => fixture.sessions.revoke(session.handle),
    ]) {
      const userId = randomUUID();
      const first = await fixture.sessions.create({ transport: 'cookie', userId });
      let { handle } = first.session;
      for (let move = 0; move < moves; move++) {
        ({ handle } = (await fixture.sessions.regenerate(handle)).session);
      }
      await endFirst(first);
      expect(await fixture.sessions.list(userId)).toHaveLength(left);
    }
  });

  it('7.4.2 is ended by a revocation of its old handle', async () => {
    const { old, current } = await moved();
    expect(await fixture.sessions.revoke(old.session.handle)).toBe(true);
    expect(await fixture.sessions.find(current.session.handle)).toBeNull();
    expect(await fixture.sessions.revoke(old.session.handle)).toBe(false);
  });

  it('7.5.2 is ended from a list that shows its old handle', async () => {
    const { userId, old, current } = await moved();
    expect(await end(old.session.handle, userId)).toBe(204);
    expect(await fixture.sessions.find(current.session.handle)).toBeNull();
  });

  it('8.2.2 is not ended by another user with its old handle', async () => {
    const { old, current } = await moved();
    expect(await end(old.session.handle, 'another user')).toBe(404);
    expect(await fixture.sessions.find(current.session.handle)).not.toBeNull();
  });

  it('7.4.3 stays live when revokeOthers keeps its old handle', async () => {
    const { userId, old, current } = await moved();
    await fixture.sessions.create({ transport: 'cookie', userId });
    expect(await fixture.sessions.revokeOthers(userId, old.session.handle)).toBe(1);
    const live = await fixture.sessions.list(userId);
    expect(live.map(({ handle }) => handle)).toEqual([current.session.handle]);
  });

  it('is updated under its old handle', async () => {
    const { old, current } = await moved();
    const updated = await fixture.sessions.update(old.session.handle, { theme: 'dark' });
    expect(updated).toMatchObject({ handle: current.session.handle, data: { theme: 'dark' } });
  });

  it('7.2.4 cannot be read or used with its old credentials', async () => {
    const { old, current } = await moved();
    const { handle } = old.session;
    expect(await fixture.sessions.resolve(old.secret)).toBeNull();
    expect(await fixture.sessions.find(handle)).toBeNull();
    expect(await codeOf(fixture.sessions.regenerate(handle))).toBe('SESSION_ENDED');
    expect(await codeOf(fixture.tokens.issue(old.session as Session<'bearer'>))).toBe(
      'SESSION_ENDED',
    );
    const headers = { cookie: `__Host-session=${old.secret}` };
    expect((await send(`${fixture.url}/api/user`, { headers })).status).toBe(401);
    expect(await fixture.sessions.resolve(current.secret)).not.toBeNull();
  });

  it('is not published for an invented cookie or handle', async () => {
    const { secret, userId } = { secret: newSecret('unknown'), userId: randomUUID() };
    fixture.calls.length = 0;
    expect(await logout(secret)).toBe(200);
    expect(await fixture.sessions.revoke(newHandle('unknown'))).toBe(false);
    expect(await end(newHandle(userId), userId)).toBe(404);
    expect(await end('not-a-handle', userId)).toBe(404);
    expect(fixture.calls).not.toContain('publish');
  });
});
