import type { BrowserContext, Cookie, Locator, Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';

export type SampleUser = 'Ada' | 'Bob';

/** A browser with the page, controlled through its visible and accessible content. */
export class Device {
  /** The errors in the console of the browser. */
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
    // Shorter than the timeout of a test, so that the error names the missing element.
    context.setDefaultTimeout(30_000);
    const device = new Device(await context.newPage(), url);
    await device.page.goto(url);
    return device;
  }

  /** Opens a second tab with the same cookies. */
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

  /** Waits until the status line shows this text. */
  async says(text: string): Promise<void> {
    const status = this.page.getByRole('status');
    await eventually(
      () => status.textContent(),
      (said) => said === text,
    );
  }

  /** Waits until the page shows this heading: the login form or the address of the user. */
  async shows(heading: string): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  }

  /** Returns the role and accessible name of the focused element, as in `button "Log in"`. */
  async focus(): Promise<string> {
    const focused = this.page.locator(':focus');
    if ((await focused.count()) === 0) return 'nothing';
    const snapshot = await focused.ariaSnapshot();
    return /^- (\w+ "[^"]*")/.exec(snapshot)?.[1] ?? snapshot;
  }

  /** Presses a key until an element with this name has the focus. */
  async moveTo(name: RegExp, key = 'Tab'): Promise<void> {
    for (let presses = 0; presses < 20; presses++) {
      await this.page.keyboard.press(key);
      if (name.test(await this.focus())) return;
    }
    throw new Error(`${key} does not reach ${name}`);
  }

  /** Dispatches the event of a tab change, because a controlled tab is always in front. */
  async comesToFront(): Promise<void> {
    await this.page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
  }

  /** Returns the cookies that the browser sends to the address of the page. */
  cookies(): Promise<Cookie[]> {
    return this.page.context().cookies(this.page.url());
  }
}
