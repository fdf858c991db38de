import type { SessionModuleExtras, SessionModuleOptions } from 'nestjs-session-kit';
import { Browser, type BrowserAnswer } from '../browser-client.js';
import { type MatrixEntry, type Fixture, type FixtureSetup, useFixture } from '../fixture.js';
import { BrowserAppController, type BrowserLogin } from './browser-app.controller.js';

export type BrowserAppOptions = Omit<SessionModuleOptions, 'redis' | 'store'> & SessionModuleExtras;

export interface BrowserApp extends Fixture {
  /** The names of the handlers that ran. */
  readonly ran: string[];
  /** Opens a browser without cookies. */
  browser(): Browser;
  /** Opens a browser and logs it in. */
  loggedIn(login?: BrowserLogin): Promise<Browser>;
}

/** Runs the browser app for the tests of the surrounding `describe`, with `globalGuards` and without rate limits. */
export function useBrowserApp(
  entry: MatrixEntry,
  { options, controllers = [], ...setup }: FixtureSetup = {},
): BrowserApp {
  const fixture = useFixture(entry, {
    ...setup,
    controllers: [BrowserAppController, ...controllers],
    options: { globalGuards: true, rateLimit: false, ...options },
  });
  return Object.defineProperties(fixture, {
    ran: { get: () => fixture.app.get(BrowserAppController).ran },
    browser: { value: () => new Browser(fixture.url) },
    loggedIn: {
      value: async (login?: BrowserLogin) => {
        const browser = new Browser(fixture.url);
        await logIn(browser, login);
        return browser;
      },
    },
  }) as BrowserApp;
}

/** Logs a browser in as a page of the application does. */
export async function logIn(browser: Browser, login: BrowserLogin = {}): Promise<BrowserAnswer> {
  const answer = await browser.act('/login', { json: login });
  if (answer.status !== 200) throw new Error(`login answered ${answer.status}: ${answer.text}`);
  return answer;
}
