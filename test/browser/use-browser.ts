import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core';
import { send } from '../support/http-client.js';
import { type RunningSample, startSample } from '../support/sample-process.js';
import { Device } from './device.js';
import { type Arrived, startRecorder } from './servers.js';

/** Disables the sandbox, which root cannot use, and the requests that the browser sends by itself. */
const SWITCHES = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Browsers trust plain http on localhost; this other name behaves as on the internet.
  '--host-resolver-rules=MAP sample.test 127.0.0.1',
];

const USERS = [
  { email: 'ada@example.com', password: 'analytical-engine' },
  { email: 'bob@example.com', password: 'bob-the-builder' },
];

/** The running sample with its page. */
export interface Site {
  /** The address with the name `localhost`, as a user types it. */
  readonly url: string;
  readonly app: RunningSample;
  /** All received requests, oldest first. */
  readonly arrived: readonly Arrived[];
  /** Opens the page in a browser with separate cookies. */
  device(options?: BrowserContextOptions): Promise<Device>;
  /** Ends the sessions of all sample users. */
  endSessions(): Promise<void>;
}

export interface Browsing {
  /** Starts the sample; call it in `beforeAll`, or in a test that needs a separate site. */
  start(env?: NodeJS.ProcessEnv): Promise<Site>;
}

/**
 * Starts one Chromium for the tests of the file. Closes devices after each test, and sites at the end.
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
