import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { startOwnRedis } from '../support/redis/redis-server.js';
import { ADAPTERS } from '../support/test-app.js';
import { type Site, useBrowser } from './use-browser.js';

const FIREFOX = {
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0',
};
const ELSEWHERE = 'You were signed out on another device.';
/** The console error for the request of /me before login, to which 401 is the normal answer. */
const LOGGED_OUT =
  'Failed to load resource: the server responded with a status of 401 (Unauthorized)';

const browsing = useBrowser();

describe.each(ADAPTERS)('the page of the sample on %s', (ADAPTER) => {
  let site: Site;

  beforeAll(async () => {
    site = await browsing.start({ ADAPTER });
  });

  afterEach(() => site.endSessions());

  it('logs in and shows the user, without a further error in the console', async () => {
    const device = await site.device();
    await device.shows('Log in');
    await device.logIn('Bob');
    await device.shows('bob@example.com');
    expect(await device.focus()).toBe('heading "bob@example.com"');
    expect(await device.page.getByRole('definition').first().textContent()).toBe('user');
    expect(device.complaints).toEqual([LOGGED_OUT]);
  });

  it('reports a wrong password and selects it for another attempt', async () => {
    const device = await site.device();
    const password = device.page.getByLabel('Password');
    await device.page.getByLabel('Email').fill('ada@example.com');
    await password.fill('wrong');
    await device.button('Log in').click();
    await device.says('Email or password is wrong.');
    expect(await device.focus()).toBe('textbox "Password"');
    expect(await password.getAttribute('aria-invalid')).toBe('true');
    await device.page.keyboard.type('analytical-engine');
    await device.page.keyboard.press('Enter');
    await device.shows('ada@example.com');
    expect(await password.inputValue()).toBe('');
  });

  it('can log in, end a session and log out by keyboard alone', async () => {
    await (await site.device(FIREFOX)).logIn('Bob');
    const device = await site.device();
    const { keyboard } = device.page;
    await device.shows('Log in');
    await device.moveTo(/^textbox "Email"$/);
    const outline = 'getComputedStyle(document.activeElement).outline';
    expect(await device.page.evaluate(outline)).toMatch(/solid 3px$/);
    await keyboard.type('bob@example.com');
    await device.moveTo(/^textbox "Password"$/);
    await keyboard.type('bob-the-builder');
    await keyboard.press('Enter');
    await device.says('You are logged in.');
    await device.moveTo(/^button "End the session of Firefox on Windows, created /);
    await keyboard.press('Enter');
    await device.says('The session of Firefox on Windows has ended.');
    expect(await device.focus()).toBe('heading "Your devices"');
    await device.moveTo(/^button "Log out"$/, 'Shift+Tab');
    await keyboard.press('Space');
    await device.says('You are logged out.');
    expect(await device.focus()).toBe('textbox "Email"');
  });

  it('lists the devices and ends the session of another, which reports it at its next action', async () => {
    const mine = await (await site.device()).logIn();
    const other = await (await site.device(FIREFOX)).logIn();
    await mine.page.reload();
    await mine.shows('ada@example.com');
    const [current, listed] = await mine.devices.allInnerTexts();
    expect(current).toMatch(/^Chrome on Linux This device\s+Address\s+127\.0\.0\.1\s+Created\s/);
    expect(listed).toMatch(/^Firefox on Windows\s+Address\s+127\.0\.0\.1\s+Created\s[^]+End$/);
    // The button for the session of this device is "Log out".
    expect(await mine.button(/^End/).count()).toBe(1);

    await mine.button(/^End the session of Firefox on Windows/).click();
    await mine.says('The session of Firefox on Windows has ended.');
    expect(await mine.devices.count()).toBe(1);
    // Uses click() because the refusal restores the choice, which check() would report as an error.
    await other.page.getByLabel('Dark').click();
    await other.says(ELSEWHERE);
    await other.shows('Log in');
    expect(await other.page.getByText('ada@example.com').isVisible()).toBe(false);
    expect(await other.focus()).toBe('textbox "Email"');
  });

  it('notices a logout everywhere when its tab comes to the front', async () => {
    const mine = await (await site.device()).logIn();
    const other = await (await site.device()).logIn();
    await mine.button('Log out everywhere').click();
    await mine.says('You are logged out everywhere. Sessions ended: 2.');
    expect(await mine.cookies()).toEqual([]);
    await other.comesToFront();
    await other.says(ELSEWHERE);
    await other.shows('Log in');
    await other.logIn('Bob');
  });

  it('logs out only this device and removes its cookie', async () => {
    const mine = await (await site.device()).logIn();
    const other = await (await site.device()).logIn();
    await mine.button('Log out').click();
    await mine.says('You are logged out.');
    expect(await mine.cookies()).toEqual([]);
    await other.page.reload();
    await other.shows('ada@example.com');
  });

  it('keeps the theme in the session, through a reload but not on another device', async () => {
    const mine = await (await site.device({ colorScheme: 'light' })).logIn();
    const other = await (await site.device({ colorScheme: 'light' })).logIn();
    const background = 'getComputedStyle(document.body).backgroundColor';
    const light = await mine.page.evaluate(background);
    await mine.page.getByLabel('Dark').check();
    await mine.says('The theme is saved in your session.');
    await mine.page.reload();
    await mine.shows('ada@example.com');
    expect(await mine.page.getByLabel('Dark').isChecked()).toBe(true);
    expect(await mine.page.evaluate(background)).not.toBe(light);
    await other.page.reload();
    await other.shows('ada@example.com');
    expect(await other.page.getByLabel('Auto').isChecked()).toBe(true);
    expect(await other.page.evaluate(background)).toBe(light);
  });

  it('exposes no secret to scripts in cookies, storage, addresses or answers', async () => {
    const device = await site.device();
    const seen: string[] = [];
    device.page.on('response', (response) => seen.push(response.url()));
    await device.logIn();
    const bodies = device.page.waitForResponse('**/auth/sessions');
    await device.page.reload();
    seen.push(await (await bodies).text(), await device.page.content());
    const [cookie, ...more] = await device.cookies();
    expect(more).toEqual([]);
    expect(cookie).toMatchObject({
      name: '__Host-session',
      domain: 'localhost',
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
      expires: -1,
    });
    expect(seen.join('\n')).not.toContain(cookie?.value);
    const kept = `(async () => [document.cookie, localStorage.length, sessionStorage.length,
      (await indexedDB.databases()).length, (await caches.keys()).length, location.href])()`;
    expect(await device.page.evaluate(kept)).toEqual(['', 0, 0, 0, 0, `${site.url}/`]);
  });

  it('does not change a session that another tab created meanwhile, but shows it', async () => {
    const first = await (await site.device()).logIn('Ada');
    const second = await first.tab();
    await second.button('Log out').click();
    await second.says('You are logged out.');
    await second.logIn('Bob');
    await first.page.getByLabel('Dark').check();
    await first.says('You logged in again in another tab. Nothing was changed.');
    await first.shows('bob@example.com');
    expect(await first.page.getByLabel('Auto').isChecked()).toBe(true);
    await first.page.getByLabel('Dark').check();
    await first.says('The theme is saved in your session.');
    await second.button('Log out').click();
    await second.says('You are logged out.');
    await first.comesToFront();
    await first.says('You were signed out in another tab.');
  });

  it('replaces a CSRF token that became stale in another tab, and logs in', async () => {
    const first = await site.device();
    await first.page.getByLabel('Email').fill('bob@example.com');
    await first.page.getByLabel('Password').fill('wrong');
    await first.button('Log in').click();
    await first.says('Email or password is wrong.');
    const second = await (await first.tab()).logIn('Bob');
    await first.logIn('Ada');
    const logins = site.arrived.filter(({ path }) => path === '/auth/login').slice(-2);
    expect(logins.map(({ status }) => status)).toEqual([403, 200]);
    await second.comesToFront();
    await second.shows('ada@example.com');
  });

  it('does not run injected scripts or load injected images', async () => {
    const device = await site.device();
    await device.page.evaluate(`{
      window.violations = [];
      addEventListener('securitypolicyviolation', (e) => violations.push(e.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      const image = new Image();
      image.src = 'http://127.0.0.1:9/stolen';
      const button = document.createElement('div');
      button.innerHTML = '<b onclick="window.ran = true">x</b>';
      document.body.append(script, image, button);
      button.firstChild.click();
    }`);
    const violations = await eventually(
      () => device.page.evaluate<string[]>('violations'),
      ({ length }) => length >= 3,
    );
    expect(violations.toSorted()).toEqual(['img-src', 'script-src-attr', 'script-src-elem']);
    expect(await device.page.evaluate('window.ran')).toBeUndefined();
  });
});

describe('the page shows a message for', () => {
  it('429 with the time to wait', async () => {
    // The login is the sixth request, after the page, its style, its script, /me and /auth/csrf-token.
    const site = await browsing.start({ RATE_LIMIT: '5' });
    const device = await site.device();
    await device.shows('Log in');
    await device.button(/^Fill in Ada/).click();
    await device.button('Log in').click();
    await device.says('Too many requests. Try again in 15 minutes.');
    expect(await device.page.getByLabel('Email').inputValue()).toBe('ada@example.com');
  });

  it('503, and keeps its state', async () => {
    const redis = await startOwnRedis();
    try {
      const site = await browsing.start({ REDIS_URL: redis.url });
      const device = await (await site.device()).logIn();
      await redis.kill();
      await device.page.getByLabel('Dark').click();
      await device.says('The server cannot look up sessions right now. Try again in 1 second.');
      expect(await device.page.getByLabel('Auto').isChecked()).toBe(true);
      await device.shows('ada@example.com');
      expect((await device.cookies()).map(({ name }) => name)).toEqual(['__Host-session']);
    } finally {
      await redis.stop();
    }
  });

  it('403 if the browser keeps no cookies, as on plain http', async () => {
    const site = await browsing.start();
    const device = await site.device();
    await device.page.goto(site.url.replace('localhost', 'sample.test'));
    await device.button(/^Fill in Ada/).click();
    await device.button('Log in').click();
    await device.says(
      'The server does not accept this as coming from this page. Are cookies blocked?',
    );
    expect(await device.cookies()).toEqual([]);
  });

  it('an unreachable server', async () => {
    const site = await browsing.start();
    const device = await (await site.device()).logIn();
    await site.app.terminate();
    await device.button('Log out').click();
    await device.says('The server cannot be reached.');
    expect(await device.cookies()).toHaveLength(1);
  });
});
