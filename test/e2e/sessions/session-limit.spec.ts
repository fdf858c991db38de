import { describe, expect, it } from '@jest/globals';
import { send } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';
import { lengthenTimeouts } from '../../support/lengthen-timeouts.js';

lengthenTimeouts();

describe.each(MATRIX)('$adapter with $store: session limit', (entry) => {
  describe('evict-oldest', () => {
    const fixture = useFixture(entry, {
      controllers: [ApiAppController],
      options: { session: { maxPerUser: 3 } },
    });

    it('7.1.2 ends the oldest session of this user only at the fourth login', async () => {
      const stranger = await login(fixture.url, { userId: 'stranger' });
      const made = [];
      for (let i = 0; i < 4; i++) {
        made.push(await login(fixture.url, { userId: 'u1' }));
        fixture.clock.advance(1);
      }
      const statuses = await Promise.all(
        [...made, stranger].map(
          async ({ accessToken: token }) =>
            (await send(`${fixture.url}/api/user`, { token })).status,
        ),
      );
      expect(statuses).toEqual([401, 200, 200, 200, 200]);
      const handles = (await fixture.sessions.list('u1')).map(({ handle }) => handle);
      expect(handles).toEqual(
        made
          .slice(1)
          .toReversed()
          .map(({ handle }) => handle),
      );
    });

    it('7.1.2 keeps the limit under parallel logins', async () => {
      await Promise.all(Array.from({ length: 20 }, () => login(fixture.url, { userId: 'u2' })));
      expect(await fixture.sessions.list('u2')).toHaveLength(3);
    });

    it('does not count expired sessions', async () => {
      await login(fixture.url, { userId: 'u3' });
      fixture.clock.advance(6 * 86_400_000);
      const two = [
        await login(fixture.url, { userId: 'u3' }),
        await login(fixture.url, { userId: 'u3' }),
      ];
      fixture.clock.advance(86_400_000);
      const last = await login(fixture.url, { userId: 'u3' });
      const handles = (await fixture.sessions.list('u3')).map(({ handle }) => handle).toSorted();
      expect(handles).toEqual([...two, last].map(({ handle }) => handle).toSorted());
    });
  });

  describe('reject', () => {
    const fixture = useFixture(entry, {
      controllers: [ApiAppController],
      options: { session: { maxPerUser: 2, onLimitReached: 'reject' } },
    });
    const tryLogin = (userId: string) =>
      send(`${fixture.url}/api/login`, { method: 'POST', json: { userId } });

    it('7.1.2 refuses a login beyond the limit with 409 until a session ends', async () => {
      const first = await login(fixture.url, { userId: 'u1' });
      const second = await login(fixture.url, { userId: 'u1' });
      const { status, body, headers } = await tryLogin('u1');
      expect(status).toBe(409);
      expect(body).toEqual({
        statusCode: 409,
        error: 'Conflict',
        message: 'Session limit reached',
        code: 'SESSION_LIMIT_REACHED',
      });
      expect(headers.get('www-authenticate')).toBeNull();
      expect(await fixture.sessions.list('u1')).toHaveLength(2);
      expect((await tryLogin('u2')).status).toBe(200);
      await fixture.sessions.revoke(first.handle);
      expect((await tryLogin('u1')).status).toBe(200);
      expect(await fixture.sessions.find(second.handle)).not.toBeNull();
    });

    it('7.1.2 admits exactly the limit under parallel logins', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => tryLogin('u3')));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(8);
      expect(await fixture.sessions.list('u3')).toHaveLength(2);
    });
  });
});
