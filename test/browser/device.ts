import type { BrowserContext, Cookie, Locator, Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';

export type SampleUser = 'Ada' | 'Bob';

/** A browser that shows the page, driven by what a user sees and hears. */
export class Device {
  /** Complaints of the browser, as its console shows them. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  static async open(context: BrowserContext, url: string): Promise<Device> {
    // Less than a test has, so that what is missing is named.
    context.setDefaultTimeout(30_000);
    const device = new Device(await context.newPage(), url);
    await device.page.goto(url);
    return device;
  }

  /** A second tab: the same cookies. */
  tab(): Promise<Device> {
    return Device.open(this.page.context(), this.url);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  get devices(): Locator {
    return this.page.getByRole('listitem');
  }

  async logIn(user: SampleUser = 'Ada'): Promise<this> {
    await this.button(new RegExp(`^Fill in ${user}`)).click();
    await this.button('Log in').click();
    await this.says('You are logged in.');
    return this;
  }

  /** Waits until the line for messages reads so. */
  async says(text: string): Promise<void> {
    const status = this.page.getByRole('status');
    await eventually(
      () => status.textContent(),
      (said) => said === text,
    );
  }

  /** Waits until the page shows the login form, or who is logged in. */
  async shows(heading: string): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  }

  /** Role and accessible name of what has the focus, as assistive technology gets them: `button "Log in"`. */
  async focus(): Promise<string> {
    const focused = this.page.locator(':focus');
    if ((await focused.count()) === 0) return 'nothing';
    const snapshot = await focused.ariaSnapshot();
    return /^- (\w+ "[^"]*")/.exec(snapshot)?.[1] ?? snapshot;
  }

  /** Presses a key until something of this name has the focus. */
  async moveTo(name: RegExp, key = 'Tab'): Promise<void> {
    for (let presses = 0; presses < 20; presses++) {
      await this.page.keyboard.press(key);
      if (name.test(await this.focus())) return;
    }
    throw new Error(`${key} does not come to ${name}`);
  }

  /** A driven tab is always in front, so the browser is only made to tell the page what it tells on a change of tabs. */
  async comesToFront(): Promise<void> {
    await this.page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
  }

  /** Those the browser would send to where the page is. */
  cookies(): Promise<Cookie[]> {
    return this.page.context().cookies(this.page.url());
  }
}
