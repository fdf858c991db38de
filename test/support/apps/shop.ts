import type { SessionModuleExtras, SessionModuleOptions } from 'nestjs-session-kit';
import { Browser, type BrowserAnswer } from '../browser-client.js';
import { type MatrixEntry, type Fixture, type FixtureSetup, useFixture } from '../fixture.js';
import { ShopController, type ShopLogin } from './shop.controller.js';

export type ShopOptions = Omit<SessionModuleOptions, 'redis' | 'store'> & SessionModuleExtras;

export interface Shop extends Fixture {
  /** The names of the handlers that ran. */
  readonly ran: string[];
  /** Opens a browser without cookies. */
  browser(): Browser;
  /** Opens a browser and logs it in. */
  loggedIn(login?: ShopLogin): Promise<Browser>;
}

/** Runs the shop for the tests of the surrounding `describe`, with `globalGuards` and without rate limits. */
export function useShop(
  entry: MatrixEntry,
  { options, controllers = [], ...setup }: FixtureSetup = {},
): Shop {
  const fixture = useFixture(entry, {
    ...setup,
    controllers: [ShopController, ...controllers],
    options: { globalGuards: true, rateLimit: false, ...options },
  });
  return Object.defineProperties(fixture, {
    ran: { get: () => fixture.app.get(ShopController).ran },
    browser: { value: () => new Browser(fixture.url) },
    loggedIn: {
      value: async (login?: ShopLogin) => {
        const browser = new Browser(fixture.url);
        await logIn(browser, login);
        return browser;
      },
    },
  }) as Shop;
}

/** Logs a browser in as the page of the shop does. */
export async function logIn(browser: Browser, login: ShopLogin = {}): Promise<BrowserAnswer> {
  const answer = await browser.act('/login', { json: login });
  if (answer.status !== 200) throw new Error(`login answered ${answer.status}: ${answer.text}`);
  return answer;
}
