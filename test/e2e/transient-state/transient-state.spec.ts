import { beforeEach, describe, expect, it } from '@jest/globals';
import { type SessionEvent } from 'nestjs-session-kit';
import { collectEvents } from '../events/collect-events.js';
import { Browser, FOREIGN_PAGE } from '../../support/browser-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ADAPTERS, SECRET, startApp, type TestApp } from '../../support/test-app.js';
import {
  begin,
  stateCookies,
  StatesController,
  take,
  VALUE,
} from '../../support/apps/states.controller.js';

const nameOf = (cookie: string): string => cookie.slice(0, cookie.indexOf('='));

const REFUSED = {
  statusCode: 400,
  error: 'Bad Request',
  message: 'Invalid or expired state',
  code: 'STATE_INVALID',
};

describe.each(MATRIX)('$adapter with $store: TransientState', (entry) => {
  const fixture = useFixture(entry, { controllers: [StatesController] });
  let browser: Browser;
  let events: SessionEvent[];

  beforeEach(() => {
    browser = new Browser(fixture.url);
    events = collectEvents(fixture.app);
  });

  const rejections = (): object[] =>
    events.map((event) => (event.type === 'state.rejected' ? event.reason : event.type) as never);

  it.each([VALUE, 'text', 0, false, null, [], { deep: [{ ü: '€' }] }])(
    'returns %j once, to the browser that began it',
    async (value) => {
      const state = await begin(browser, { value });
      expect(state).toMatch(/^[\w-]{22}$/);
      const taken = await take(browser, state);
      expect([taken.status, taken.body]).toEqual([200, { value }]);
      expect(taken.headers.get('cache-control')).toBe('no-store');
      expect(await stateCookies(browser)).toEqual([]);
      expect(events).toEqual([]);
    },
  );

  it('sets a cookie for this host that scripts cannot read, for the lifetime of the state', async () => {
    const json = { purpose: 'login', value: VALUE, ttlSeconds: 600 };
    const { setCookies, headers } = await browser.post('/states', { json });
    expect(setCookies).toEqual([
      expect.stringMatching(
        /^__Host-state-[\w-]{22}=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('reveals neither state nor value in the cookie, nor in Redis', async () => {
    const state = await begin(browser);
    const [cookie = ''] = await stateCookies(browser);
    const bytes = Buffer.from(cookie.split('.')[1] ?? '', 'base64url').toString('latin1');
    for (const secret of [state, VALUE.nonce, VALUE.returnTo]) {
      expect(cookie + bytes).not.toContain(secret);
    }
    await take(browser, state);
    const keys = (await fixture.redis?.client().keys(`${fixture.keyPrefix}rl:state:*`)) ?? [];
    expect(keys.length > 0).toBe(fixture.redis !== undefined);
    expect(keys.join()).not.toContain(state);
    for (const key of keys) expect(await fixture.redis?.client().pttl(key)).toBeGreaterThan(0);
  });

  it('refuses a state that was taken, also from a browser that kept the cookie', async () => {
    const state = await begin(browser);
    const [cookie = ''] = await stateCookies(browser);
    expect((await take(browser, state)).status).toBe(200);
    expect((await take(browser, state)).body).toEqual(REFUSED);
    const replayed = await take(browser, state, { cookie });
    expect([replayed.status, replayed.body]).toEqual([400, REFUSED]);
    expect(rejections()).toEqual(['missing', 'used']);
  });

  it('gives the value to one of many requests at once', async () => {
    const state = await begin(browser);
    const [cookie = ''] = await stateCookies(browser);
    const taken = await Promise.all(
      Array.from({ length: 20 }, () => take(browser, state, { cookie })),
    );
    expect(taken.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(taken.filter(({ status }) => status === 400)).toHaveLength(19);
  });

  it('keeps the states of two tabs apart, in any order', async () => {
    const first = await begin(browser, { value: 'first' });
    const second = await begin(browser, { value: 'second' });
    expect((await take(browser, second)).body).toEqual({ value: 'second' });
    expect((await take(browser, first)).body).toEqual({ value: 'first' });
  });

  it('refuses the state of another browser, and leaves it to that one', async () => {
    const state = await begin(browser);
    const other = new Browser(fixture.url);
    await begin(other);
    expect((await take(other, state)).body).toEqual(REFUSED);
    expect(rejections()).toEqual(['missing']);
    expect((await take(browser, state)).status).toBe(200);
  });

  it('refuses a state of another purpose', async () => {
    const state = await begin(browser, { purpose: 'google' });
    expect((await take(browser, state, { purpose: 'github' })).body).toEqual(REFUSED);
    expect(rejections()).toEqual(['foreign']);
    expect((await take(browser, state, { purpose: 'google' })).status).toBe(200);
  });

  it('refuses the cookie of one state for another', async () => {
    const first = await begin(browser, { value: 'first' });
    const second = await begin(browser, { value: 'second' });
    const [one = '', two = ''] = await stateCookies(browser);
    const swapped = `${nameOf(one)}${two.slice(two.indexOf('='))}; ${nameOf(two)}${one.slice(one.indexOf('='))}`;
    for (const state of [first, second]) {
      expect((await take(browser, state, { cookie: swapped })).body).toEqual(REFUSED);
    }
  });

  it('refuses a state from the moment at which it expires', async () => {
    const [early, late] = [await begin(browser), await begin(browser)];
    const cookie = (await stateCookies(browser)).join('; ');
    fixture.clock.advance(599_999);
    expect((await take(browser, early, { cookie })).status).toBe(200);
    fixture.clock.advance(1);
    const refused = await take(browser, late, { cookie });
    expect([refused.status, refused.body]).toEqual([400, REFUSED]);
    expect(refused.setCookies).toEqual([expect.stringContaining('=; Max-Age=0; Path=/')]);
    expect(rejections()).toEqual(['expired']);
  });

  it('refuses a cookie whose expiry was changed', async () => {
    const state = await begin(browser, { ttlSeconds: 1 });
    const [cookie = ''] = await stateCookies(browser);
    const [, expiry = ''] = /=(\w+)\./.exec(cookie) ?? [];
    const later = (Number.parseInt(expiry, 36) + 600_000).toString(36);
    const changed = cookie.replace(expiry, later);
    expect(changed).not.toBe(cookie);
    expect((await take(browser, state, { cookie: changed })).body).toEqual(REFUSED);
    expect(rejections()).toEqual(['foreign']);
  });

  it.each([undefined, null, '', 7, [], ['a', 'b'], { a: 1 }, '__proto__', 'x'.repeat(10_000)])(
    'refuses %.20j as a state',
    async (state) => {
      await begin(browser);
      const { status, body } = await take(browser, state);
      expect([status, body]).toEqual([400, REFUSED]);
    },
  );

  it('refuses two states in a list, although each of them exists', async () => {
    const states = [await begin(browser), await begin(browser)];
    expect((await take(browser, states)).body).toEqual(REFUSED);
  });

  it.each([
    '',
    '=',
    ';;',
    '__Host-state-',
    '__Host-state-a',
    '__Host-state-a=',
    '__Host-state-a=.',
  ])('begins beside the cookie %j', async (cookie) => {
    const json = { purpose: 'login', value: VALUE, ttlSeconds: 600 };
    const { status, setCookies } = await browser.post('/states', { json, cookie });
    expect(status).toBe(200);
    expect(setCookies.filter((one) => !one.includes('Max-Age=0'))).toHaveLength(1);
  });

  it('keeps five states, and ends the one that expires first when a sixth begins', async () => {
    const states: string[] = [];
    for (const ttlSeconds of [300, 200, 100, 400, 500, 600]) {
      states.push(await begin(browser, { value: ttlSeconds, ttlSeconds }));
    }
    expect(await stateCookies(browser)).toHaveLength(5);
    const taken = [];
    for (const state of states) taken.push((await take(browser, state)).body['value']);
    expect(taken).toEqual([300, 200, undefined, 400, 500, 600]);
  });

  it('keeps 3 kB of states', async () => {
    const value = 'x'.repeat(1022);
    const states = [];
    for (let ttlSeconds = 100; ttlSeconds < 105; ttlSeconds++) {
      states.push(await begin(browser, { value, ttlSeconds }));
      const cookies = await stateCookies(browser);
      expect(cookies.join('; ').length).toBeLessThanOrEqual(3072);
    }
    const taken = [];
    for (const state of states) taken.push((await take(browser, state)).status);
    expect(taken).toEqual([400, 400, 400, 200, 200]);
  });

  it('sends only states that a page of another site posts with SameSite=None', async () => {
    const lax = await begin(browser);
    const none = await begin(browser, { sameSite: 'none' });
    const post = async (state: string): Promise<number> =>
      (
        await browser.post('/states/take', {
          json: { purpose: 'login', state },
          from: FOREIGN_PAGE,
        })
      ).status;
    expect(await post(lax)).toBe(400);
    expect(await post(none)).toBe(200);
    expect((await take(browser, lax)).status).toBe(200);
    expect(await stateCookies(browser)).toEqual([]);
  });

  it.each([
    [{ purpose: '' }, 'TypeError: purpose must be a string of 1 to 64 characters'],
    [{ purpose: 'x'.repeat(65) }, 'TypeError: purpose must'],
    [{ purpose: 7 }, 'TypeError: purpose must'],
    [{ ttlSeconds: undefined }, 'TypeError: ttlSeconds must be a whole number'],
    [{ ttlSeconds: 0 }, 'TypeError: ttlSeconds must'],
    [{ ttlSeconds: 1.5 }, 'TypeError: ttlSeconds must'],
    [{ ttlSeconds: 3601 }, 'TypeError: ttlSeconds must'],
    [{ ttlSeconds: '600' }, 'TypeError: ttlSeconds must'],
    [{ sameSite: 'strict' }, "TypeError: sameSite must be 'lax'"],
    [{ value: 'x'.repeat(1023) }, 'TypeError: value has 1025 bytes as JSON'],
    [{ value: '€'.repeat(341) }, 'TypeError: value has 1025 bytes as JSON'],
  ])('refuses to begin with %.40j', async (wrong, message) => {
    const json = { purpose: 'login', value: VALUE, ttlSeconds: 600, ...wrong };
    const { body, setCookies } = await browser.post('/states', { json });
    expect(body['error']).toMatch(message);
    expect(setCookies).toEqual([]);
  });

  it('refuses values that JSON does not represent', async () => {
    const { body, setCookies } = await browser.post('/states/unserializable');
    expect(body).toEqual([
      'value must be something that JSON represents',
      expect.stringMatching('value must be a plain object, but it is of class Map'),
      expect.stringMatching('at in value must be a plain value, but it is a promise'),
      expect.stringMatching('BigInt'),
      'value must be something that JSON represents',
    ]);
    expect(setCookies).toEqual([]);
  });
});

describe.each(ADAPTERS)('%s: TransientState', (adapter) => {
  const NEXT = 'Q9sVb3LwX5nR8yTc2kHs7pUj4eMg1aDf6iKz0oWdYtE';

  async function withApp<T>(
    options: NonNullable<Parameters<typeof startApp>[0]>['options'],
    run: (app: TestApp) => Promise<T>,
  ): Promise<T> {
    const app = await startApp({ adapter, controllers: [StatesController], options: options! });
    try {
      return await run(app);
    } finally {
      await app.close();
    }
  }

  it('takes a state that a previous secret encrypted, and refuses one of a removed secret', async () => {
    const states: [string, Browser][] = await withApp({ secret: SECRET }, async ({ url }) => {
      const browsers = [new Browser(url), new Browser(url)];
      return Promise.all(
        browsers.map(async (one): Promise<[string, Browser]> => [await begin(one), one]),
      );
    });
    const statuses = [];
    for (const [i, secret] of [[NEXT, SECRET], [NEXT]].entries()) {
      const [state, browser] = states[i]!;
      statuses.push(
        await withApp({ secret }, async ({ url }) => (await take(browser.at(url), state)).status),
      );
    }
    expect(statuses).toEqual([200, 400]);
  });

  it.each([
    [{ name: '__Host-shop' }, /^__Host-shop-state-[\w-]{22}=/],
    [
      { name: '__Secure-shop', domain: 'app.example' },
      /^__Host-shop-state-[^;]*; Max-Age=60; Path=\/; HttpOnly/,
    ],
    [{ partitioned: true }, /^__Host-state-.*; Partitioned/],
    [{ secure: false }, /^state-[\w-]{22}=[^;]*; Max-Age=60; Path=\/; HttpOnly; SameSite=Lax$/],
  ])('names the cookies by the options %j', async (cookie, expected) => {
    await withApp({ cookie }, async ({ url }) => {
      const json = { purpose: 'login', value: 1, ttlSeconds: 60 };
      const { setCookies } = await new Browser(url).post('/states', { json });
      expect(setCookies).toEqual([expect.stringMatching(expected)]);
    });
  });

  it("refuses sameSite 'none' without secure cookies", async () => {
    await withApp({ cookie: { secure: false } }, async ({ url }) => {
      const json = { purpose: 'login', value: 1, ttlSeconds: 60, sameSite: 'none' };
      const { body, setCookies } = await new Browser(url).post('/states', { json });
      expect(body['error']).toMatch("sameSite 'none' needs https and the option cookie.secure");
      expect(setCookies).toEqual([]);
    });
  });
});
