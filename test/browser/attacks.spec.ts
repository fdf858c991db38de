import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import type { Device } from './device.js';
import { type Arrived, startAttackerSite } from './servers.js';
import { type Site, useBrowser } from './use-browser.js';

/** Submits a form; the browser sends it to another site without a preflight. */
const form = (path: string, type: string, name = 'a', value = 'b'): string => `
  const form = Object.assign(document.createElement('form'), {
    method: 'post', enctype: '${type}', action: SITE + '${path}' });
  form.append(Object.assign(document.createElement('input'), {
    name: '${name}', value: '${value}' }));
  document.body.append(form);
  form.submit();`;

/** Sends a request without a preflight; its answer is unreadable, which the attack does not need. */
const blind = (path: string, body: string): string => `
  await fetch(SITE + '${path}', {
    method: 'POST', mode: 'no-cors', credentials: 'include', body: ${body} });`;

/** Sends a request for which the browser needs the permission of the site in a preflight. */
const withPreflight = (method: string, path: string, headers: object): string => `
  await fetch(SITE + \`${path}\`, {
    method: '${method}', credentials: 'include', headers: ${JSON.stringify(headers)},
    body: '{"theme":"dark"}' }).catch(() => {});`;

const JSON_BODY = { 'content-type': 'application/json' };
const GUESSED = { ...JSON_BODY, 'x-csrf-token': 'A'.repeat(86) };
const BOB = '{"email":"bob@example.com","password":"bob-the-builder","x":"';
const EVERYWHERE = '/auth/logout-all';

/** Requests without a preflight arrive and are refused; requests with one never arrive. */
const ARRIVING: readonly [name: string, script: string][] = [
  ['a form that logs out everywhere', form(EVERYWHERE, 'application/x-www-form-urlencoded')],
  ['a text form with JSON that logs in', form('/auth/login', 'text/plain', BOB, '"}')],
  ['a blind fetch that logs out everywhere', blind(EVERYWHERE, `'{}'`)],
  [
    'a blind fetch of a form that logs out everywhere',
    blind(EVERYWHERE, 'new URLSearchParams({ a: 1 })'),
  ],
  ['a blind fetch of text that logs in', blind('/auth/login', `'${BOB}"}'`)],
  ['a beacon that logs out everywhere', `navigator.sendBeacon(SITE + '${EVERYWHERE}', '{}');`],
];
const WITH_PREFLIGHT: readonly [name: string, script: string][] = [
  ['a fetch of JSON that changes the theme', withPreflight('PATCH', '/me/preferences', JSON_BODY)],
  [
    'a fetch that ends the session by its handle',
    withPreflight('DELETE', '/auth/sessions/${HANDLE}', {}),
  ],
  ['a fetch of JSON that logs out everywhere', withPreflight('POST', EVERYWHERE, JSON_BODY)],
  ['a fetch with a guessed CSRF token', withPreflight('POST', EVERYWHERE, GUESSED)],
];

/** A site includes all its ports: SameSite lets a page on another port send the cookies, but not another site. */
const PLACES = [
  { from: 'another port of the host', host: 'localhost', same: true, ADAPTER: 'express' },
  { from: 'another port of the host', host: 'localhost', same: true, ADAPTER: 'fastify' },
  { from: 'another site', host: '127.0.0.1', same: false, ADAPTER: 'express' },
];

const browsing = useBrowser();

describe.each(PLACES)('a page from $from against the sample on $ADAPTER', (place) => {
  const { host, same, ADAPTER } = place;
  const fetchSite = same ? 'same-site' : 'cross-site';
  let site: Site;
  let attacker: Awaited<ReturnType<typeof startAttackerSite>>;

  beforeAll(async () => {
    [site, attacker] = await Promise.all([browsing.start({ ADAPTER }), startAttackerSite()]);
  });

  afterEach(() => site.endSessions());

  afterAll(() => attacker?.close());

  /** Logs a victim in and opens the page of the attacker in another tab. */
  async function lure(): Promise<{ victim: Device; page: Page; arrived: () => Arrived[] }> {
    const victim = await (await site.device()).logIn();
    const page = await victim.page.context().newPage();
    await page.goto(`http://${host}:${attacker.port}/`);
    const before = site.arrived.length;
    return { victim, page, arrived: () => site.arrived.slice(before) };
  }

  const run = (page: Page, script: string, handle = ''): Promise<unknown> =>
    page.evaluate(`(async (SITE, HANDLE) => {${script}})('${site.url}', '${handle}')`);

  it.each(ARRIVING)('3.5.1 cannot use %s, which the sample refuses', async (_name, script) => {
    const { victim, page, arrived } = await lure();
    await run(page, script);
    const [first, ...more] = await eventually(arrived, ({ length }) => length > 0);
    expect(first).toMatchObject({ method: 'POST', status: 403, fetchSite, withCookie: same });
    expect(more).toEqual([]);
    await expectUnharmed(victim);
  });

  it('3.5.1 cannot reach the handler with a multipart form', async () => {
    const { victim, page, arrived } = await lure();
    await run(page, form(EVERYWHERE, 'multipart/form-data'));
    const [first] = await eventually(arrived, ({ length }) => length > 0);
    // Fastify does not parse multipart bodies by default, so the request does not reach the guards.
    const status = ADAPTER === 'fastify' ? 415 : 403;
    expect(first).toMatchObject({ method: 'POST', status, fetchSite, withCookie: same });
    await expectUnharmed(victim);
  });

  it('3.5.1 cannot log out with a form, which is refused with the cookie and has no effect without', async () => {
    const { victim, page, arrived } = await lure();
    const [cookie] = await victim.cookies();
    await run(page, form('/auth/logout', 'text/plain'));
    const [first] = await eventually(arrived, ({ length }) => length > 0);
    expect(first).toMatchObject({ status: same ? 403 : 200, fetchSite, withCookie: same });
    expect(await victim.cookies()).toEqual([cookie]);
    await expectUnharmed(victim);
  });

  it.each(WITH_PREFLIGHT)(
    '3.5.1 cannot use %s, which the browser does not send',
    async (_name, script) => {
      const { victim, page, arrived } = await lure();
      const handle = await victim.page.evaluate<string>(
        `fetch('/me').then((answer) => answer.json()).then(({ session }) => session.handle)`,
      );
      await run(page, script, handle);
      const sent = arrived().filter(({ fetchSite: from }) => from !== 'same-origin');
      // Only the preflight, which grants no permission.
      expect(sent).toMatchObject([{ method: 'OPTIONS', withCookie: false }]);
      await expectUnharmed(victim);
    },
  );

  it.each(['/me', '/auth/csrf-token', '/auth/sessions'])('3.5.1 cannot read %s', async (path) => {
    const { page, arrived } = await lure();
    const read = `return fetch(SITE + '${path}', { credentials: 'include' })
      .then((answer) => answer.text(), (error) => error.name);`;
    expect(await run(page, read)).toBe('TypeError');
    expect(arrived()).toMatchObject([{ method: 'GET', path, withCookie: same }]);
  });

  it('3.5.1 cannot put the page into a frame for clickjacking', async () => {
    const { page } = await lure();
    await run(
      page,
      `document.body.append(Object.assign(document.createElement('iframe'), { src: SITE }));`,
    );
    const frames = (): string[] => page.frames().map((frame) => frame.url());
    const shown = await eventually(frames, (urls) =>
      urls.includes('chrome-error://chromewebdata/'),
    );
    expect(shown).not.toContain(`${site.url}/`);
  });
});

async function expectUnharmed(victim: Device): Promise<void> {
  await victim.page.reload();
  await victim.shows('ada@example.com');
  expect(await victim.page.getByLabel('Auto').isChecked()).toBe(true);
  expect(await victim.devices.count()).toBe(1);
}
