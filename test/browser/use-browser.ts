import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core';
import { send } from '../support/http-client.js';
import { type RunningSample, startSample } from '../support/sample-process.js';
import { Device } from './device.js';
import { type Arrived, startRecorder } from './servers.js';

/** Nothing but the page: no sandbox as root, no requests of the browser's own. */
const SWITCHES = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A name that is no localhost: there, plain http is what it is on the internet.
  '--host-resolver-rules=MAP sample.test 127.0.0.1',
];

const USERS = [
  { email: 'ada@example.com', password: 'analytical-engine' },
  { email: 'bob@example.com', password: 'bob-the-builder' },
];

/** The sample with the page, running. */
export interface Site {
  /** By the name `localhost`, as a user types it. */
  readonly url: string;
  readonly app: RunningSample;
  /** Every request that came, oldest first. */
  readonly arrived: readonly Arrived[];
  /** A browser with cookies of its own, on the page. */
  device(options?: BrowserContextOptions): Promise<Device>;
  /** Ends the sessions of all sample users. */
  endSessions(): Promise<void>;
}

export interface Browsing {
  /** Starts the sample; call it in `beforeAll`, or in a test for a site of its own. */
  start(env?: NodeJS.ProcessEnv): Promise<Site>;
}

/**
 * Starts one Chromium for the tests of the file. Devices are closed after each test, sites at the end.
 */
export function useBrowser(): Browsing {
  const closing: (() => Promise<unknown>)[] = [];
  let browser: Browser;

  beforeAll(async () => {
    const executablePath = process.env['CHROMIUM_PATH'];
    browser = await chromium.launch({
      args: SWITCHES,
      ...(executablePath !== undefined && { executablePath }),
    });
  });

  afterEach(async () => {
    await Promise.all((browser?.contexts() ?? []).map((context) => context.close()));
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all(closing.map((close) => close()));
  });

  return {
    async start(env = {}) {
      const app = await startSample({ RATE_LIMIT: '100000', ...env });
      const { port, arrived, close } = await startRecorder(app.url);
      closing.push(close, async () => app.isRunning() && app.terminate());
      const url = `http://localhost:${port}`;
      return {
        url,
        app,
        arrived,
        device: async (options) => Device.open(await browser.newContext(options), url),
        endSessions: async () => {
          for (const json of USERS) {
            const { body } = await send(`${url}/auth/token`, { method: 'POST', json });
            const token = String(body['accessToken']);
            await send(`${url}/auth/logout-all`, { method: 'POST', token });
          }
        },
      };
    },
  };
}
