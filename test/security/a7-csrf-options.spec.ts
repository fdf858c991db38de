import { describe, expect, it } from '@jest/globals';
import { memoryBackend, SessionService } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { secretOf } from '../support/secret-of.js';
import { useBrowserApp } from '../support/apps/use-browser-app.js';
import {
  Browser,
  type BrowserSent,
  FOREIGN_PAGE,
  SIBLING_PAGE,
} from '../support/browser-client.js';
import { ADAPTERS, startApp } from '../support/test-app.js';
import { AttackTargetController } from '../support/apps/attack-target.controller.js';

const TRANSFER = '/target/transfer';

/** In a browser without fetch metadata. */
const from = (origin?: string): BrowserSent => ({
  headers: { 'sec-fetch-site': undefined, origin },
});
const setup = (csrf: object) => ({ controllers: [AttackTargetController], options: { csrf } });

describe.each(ADAPTERS)('%s: csrf.require "origin"', (adapter) => {
  const fixture = useBrowserApp({ adapter, store: 'memory' }, setup({ require: 'origin' }));
  const order = async (sent: BrowserSent): Promise<number> =>
    (await (await fixture.loggedIn()).post(TRANSFER, sent)).status;

  it('3.5.1 needs no token, and refuses other origins and a missing one', async () => {
    expect(await order({})).toBe(200);
    expect(await order({ from: SIBLING_PAGE })).toBe(403);
    const cookie = `__Host-session=${await (await fixture.loggedIn()).cookie('__Host-session')}`;
    expect(await order({ from: FOREIGN_PAGE, cookie })).toBe(403);
    expect(await order({ ...from('http://app.example'), cookie })).toBe(200);
    for (const origin of ['null', 'https://app.example', 'http://app.example:81', undefined]) {
      expect([origin, await order({ ...from(origin), cookie })]).toEqual([origin, 403]);
    }
  });

  it('a login needs no token either, and is refused from other origins', async () => {
    expect((await fixture.browser().post('/login')).status).toBe(200);
    expect((await fixture.browser().post('/login', { from: FOREIGN_PAGE })).status).toBe(403);
  });
});

describe.each(ADAPTERS)('%s: csrf.trustedOrigins and csrf.headerName', (adapter) => {
  const trusted = { origin: 'https://admin.test', site: 'cross-site' } as const;
  const fixture = useBrowserApp(
    { adapter, store: 'memory' },
    setup({ trustedOrigins: [trusted.origin], headerName: 'X-XSRF-Token' }),
  );

  it('3.5.1 a trusted origin passes the first layer and still needs the token', async () => {
    const visitor = fixture.browser();
    await visitor.post('/login', { headers: { 'x-xsrf-token': await visitor.csrfToken() } });
    const cookie = `__Host-session=${await visitor.cookie('__Host-session')}`;
    const token = await visitor.csrfToken();
    const headers = { 'x-xsrf-token': token };
    const statusOf = async (sent: BrowserSent): Promise<number> =>
      (await visitor.post(TRANSFER, { cookie, ...sent })).status;
    expect(await statusOf({ headers, from: trusted })).toBe(200);
    expect(await statusOf({ from: trusted })).toBe(403);
    expect(await statusOf({ headers, from: FOREIGN_PAGE })).toBe(403);
    expect(await statusOf({ csrf: token })).toBe(403);
  });
});

describe.each(ADAPTERS)('%s: rotation of the secret', (adapter) => {
  it('11.2.2 a token made under the old secret is valid until that secret is removed', async () => {
    const [old, current] = [secretOf('old'), secretOf('new')];
    const clock = new FakeClock();
    const store = memoryBackend({ clock, maxSessions: 100 });
    const start = (secret: string | string[]) =>
      startApp({
        adapter,
        clock,
        controllers: [AttackTargetController],
        options: { secret, store, globalGuards: true },
      });
    const [before, during, after] = [
      await start(old),
      await start([current, old]),
      await start(current),
    ];
    try {
      const { secret } = await during
        .get(SessionService)
        .create({ transport: 'cookie', userId: 'ada' });
      const cookie = `__Host-session=${secret}`;
      const csrf = await new Browser(before.url).csrfToken(cookie);
      const statusAt = async (url: string): Promise<number> =>
        (await new Browser(url).post(TRANSFER, { csrf, cookie })).status;
      expect(await statusAt(during.url)).toBe(200);
      expect(await statusAt(after.url)).toBe(403);
      const fresh = await new Browser(during.url).csrfToken(cookie);
      const { status } = await new Browser(after.url).post(TRANSFER, { csrf: fresh, cookie });
      expect(status).toBe(200);
    } finally {
      await Promise.all([before.close(), during.close(), after.close()]);
    }
  });
});
