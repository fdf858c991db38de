import assert from 'node:assert/strict';
import { assertRefused, Client } from './client.js';
import { beforeAll, describe, it } from './runner.js';

/** The steps of a browser; each step continues from the last one. */
export function cookieJourney(url: () => string): void {
  describe('with a cookie', () => {
    let client: Client;
    beforeAll(() => {
      client = new Client(url());
    });

    it('refuses a login without a CSRF token', async () => {
      assertRefused(await client.post('login'), [403, 'CSRF_REJECTED']);
    });

    it('answers a login with a cookie that scripts cannot read, and no token', async () => {
      const { body, headers } = await client.post('login', { csrf: await client.csrfToken() });
      assert.deepEqual(body, { id: 'ada', role: 'user' });
      const cookie = headers.getSetCookie().find((line) => line.startsWith('__Host-session='));
      assert.match(cookie ?? '', /; HttpOnly; Secure; SameSite=Lax/);
    });

    it('returns the user', async () => {
      const { body } = await client.get('me');
      assert.deepEqual(body, { id: 'ada', role: 'user', same: true });
    });

    it('changes nothing without the CSRF token of the session, or for another site', async () => {
      const csrf = await client.csrfToken();
      const headers = { 'sec-fetch-site': 'cross-site' };
      assertRefused(await client.post('visits'), [403, 'CSRF_REJECTED']);
      assertRefused(await client.post('visits', { csrf, headers }), [403, 'CSRF_REJECTED']);
      assert.deepEqual((await client.post('visits', { csrf })).body, { visits: 1 });
    });

    it('logs out, and the previous cookie is refused', async () => {
      const { cookie } = client;
      const { status } = await client.post('auth/logout', { csrf: await client.csrfToken() });
      assert.equal(status, 200);
      assert.equal(client.cookie, '');
      const replayed = await client.get('me', { headers: { cookie } });
      assertRefused(replayed, [401, 'SESSION_ENDED']);
    });
  });
}
