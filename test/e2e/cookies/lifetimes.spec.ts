import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { MATRIX } from '../../support/fixture.js';
import { useBrowserApp } from '../../support/apps/use-browser-app.js';

const DAY_MS = 86_400_000;
const NAME = '__Host-session';

describe.each(MATRIX)('$adapter with $store: lifetimes of browser sessions', (entry) => {
  const fixture = useBrowserApp(entry, {
    options: {
      session: {
        idleTimeoutSeconds: 600,
        absoluteTimeoutSeconds: 3600,
        touchIntervalSeconds: 60,
        persistent: { idleTimeoutSeconds: 7 * 86_400, absoluteTimeoutSeconds: 30 * 86_400 },
      },
      tokens: { accessTtlSeconds: 60, refreshTtlSeconds: 600 },
    },
  });

  it.each(['cookie', 'bearer-cookie'] as const)(
    'end %s cookies with the browser, or with persistent at the absolute timeout',
    async (transport) => {
      const agesOf = async (persistent: boolean): Promise<(number | 'Infinity')[]> =>
        (await (await fixture.loggedIn({ transport, persistent })).cookies()).map(
          ({ maxAge }) => (maxAge ?? 'Infinity') as number,
        );
      const kept = transport === 'cookie' ? 1 : 2;
      expect(await agesOf(false)).toEqual(Array.from({ length: kept }, () => 'Infinity'));
      expect(await agesOf(true)).toEqual(Array.from({ length: kept }, () => 30 * 86_400));
    },
  );

  it('7.3.1 7.3.2 give persistent sessions separate idle and absolute timeouts', async () => {
    const browser = await fixture.loggedIn({ userId: 'bob', persistent: true });
    const status = async (): Promise<number> => (await browser.get('/me')).status;
    for (let day = 6; day <= 24; day += 6) {
      fixture.clock.advance(6 * DAY_MS);
      expect(await status()).toBe(200);
      await eventually(
        async () => (await fixture.sessions.list('bob'))[0]?.lastSeenAt.getTime(),
        (seenMs) => seenMs === fixture.clock.nowMs(),
      );
    }
    fixture.clock.advance(6 * DAY_MS - 1000);
    expect(await status()).toBe(200);
    fixture.clock.advance(1000);
    expect(await status()).toBe(401);

    const idle = await fixture.loggedIn({ persistent: true });
    fixture.clock.advance(7 * DAY_MS);
    expect((await idle.get('/me')).status).toBe(401);
  });

  it('7.3.1 end an idle session and extend an active one without a new cookie', async () => {
    const [used, idle] = [
      await fixture.loggedIn({ userId: 'cyd' }),
      await fixture.loggedIn({ userId: 'dan' }),
    ];
    for (let i = 0; i < 2; i++) {
      fixture.clock.advance(500_000);
      const { status, setCookies } = await used.get('/me');
      expect([status, setCookies]).toEqual([200, []]);
      await eventually(
        async () => (await fixture.sessions.list('cyd'))[0]?.lastSeenAt.getTime(),
        (seenMs) => seenMs === fixture.clock.nowMs(),
      );
    }
    expect((await idle.get('/me')).body).toMatchObject({ statusCode: 401, code: 'SESSION_ENDED' });
  });

  it('CS-Session "idle timeout" end a session although the browser keeps its cookie longer', async () => {
    const browser = await fixture.loggedIn({ userId: 'eli' });
    const cookie = `${NAME}=${await browser.cookie(NAME)}; Max-Age=99999999`;
    fixture.clock.advance(600_000);
    expect((await browser.get('/me', { cookie })).status).toBe(401);
  });

  it('7.3.2 keep the absolute timeout through a confirmation', async () => {
    const browser = await fixture.loggedIn({ userId: 'fay', persistent: true });
    fixture.clock.advance(5 * DAY_MS);
    const confirmed = await browser.act('/confirm');
    expect(confirmed.status).toBe(200);
    // The remainder of 30 days, for the cookie as for the session.
    const [cookie] = await browser.cookies();
    expect(cookie?.maxAge).toBe(25 * 86_400);
  });
});
