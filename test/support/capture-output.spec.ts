import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { SessionEvents, SessionService } from 'nestjs-session-kit';
import { BrowserAppController } from './apps/browser-app.controller.js';
import { Browser } from './browser-client.js';
import { CollectingLogger } from './collecting-logger.js';
import { Credentials, handedOut } from './credentials.js';
import { send, sendRaw } from './http-client.js';
import { type CapturedOutput, captureOutput } from './capture-output.js';
import { startApp, type TestApp } from './test-app.js';

/** Functions that leak a credential from an application, by the place of the leak. */
const LEAKS: [string, (secret: string, app: TestApp) => void][] = [
  ['the logger of a class', (secret) => new Logger('App').debug(`got ${secret}`)],
  ['the logger of Nest', (secret) => Logger.warn({ nested: { secret } }, 'App')],
  [
    'the property of an error',
    (secret) =>
      new Logger('App').error(Object.assign(new Error('failed'), { command: { args: [secret] } })),
  ],
  [
    'an event',
    (secret, app) => app.get(SessionEvents).emit({ type: 'login.failed', reason: secret }),
  ],
  ['the console', (secret) => console.log('token', secret)],
  ['standard output', (secret) => process.stdout.write(`${secret}\n`)],
  ['standard error', (secret) => process.stderr.write(Buffer.from(secret))],
];

// Other suites rely on this capture to prove that they leak nothing, so it must find leaks.
describe('the captured output of a test file', () => {
  let app: TestApp;
  let output: CapturedOutput;

  beforeEach(async () => {
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockReturnValue(true);
    }
    jest.spyOn(console, 'log').mockReturnValue(undefined);
    output = captureOutput();
    app = await startApp({ controllers: [BrowserAppController], options: { globalGuards: true } });
  });

  afterEach(async () => {
    await app.close();
    output.stop();
    jest.restoreAllMocks();
  });

  const tokens = async (): Promise<{ handle: string; accessToken: string }> => {
    const opened = await app.get(SessionService).create({ transport: 'bearer', userId: 'ada' });
    return { handle: opened.session.handle, accessToken: opened.tokens.accessToken };
  };

  it.each(LEAKS)('includes a whole token and a part of one in %s', async (_place, leak) => {
    const { accessToken } = await tokens();
    const [, payload = '', signature = ''] = accessToken.split('.');
    expect(handedOut.foundIn(output.text())).toEqual([]);
    leak(signature, app);
    expect(handedOut.foundIn(output.text())).toEqual([signature]);
    leak(accessToken, app);
    expect(handedOut.foundIn(output.text())).toEqual(
      expect.arrayContaining([accessToken, payload, signature]),
    );
  });

  it('includes the handles of sessions, with and without a logger of the application', async () => {
    const { handle } = await tokens();
    expect(handedOut.handles).toContain(handle);
    expect(output.text()).toContain(`"handle":"${handle}"`);
    const logger = new CollectingLogger();
    const other = await startApp({ configure: (nest) => nest.useLogger(logger) });
    const { session } = await other
      .get(SessionService)
      .create({ transport: 'cookie', userId: 'eve' });
    await other.close();
    expect(logger.text).toContain(session.handle);
    expect(output.events).toContainEqual(
      expect.objectContaining({ type: 'session.created', handle: session.handle }),
    );
  });

  it('is searched for the credentials from services, response bodies and cookies', async () => {
    const { secret } = await app.get(SessionService).create({ transport: 'cookie', userId: 'ada' });
    const secrets = [secret];
    for (const transport of ['cookie', 'bearer-cookie']) {
      const browser = new Browser(app.url);
      secrets.push(await browser.csrfToken());
      await browser.act('/login', { json: { userId: 'ada', transport } });
      const cookies = await browser.cookies();
      secrets.push(await browser.csrfToken(), ...cookies.map(({ value }) => value));
    }
    const path = '/auth/csrf-token';
    const { body, headers } = await send(app.url + path);
    secrets.push(String(body['csrfToken']));
    secrets.push(/=([^;]*)/.exec(headers.getSetCookie()[0] ?? '')?.[1] ?? '');
    secrets.push(String((await sendRaw(app.url, { path })).body['csrfToken']));
    for (const one of secrets) {
      expect(one.length).toBeGreaterThan(20);
      expect(handedOut.foundIn(`a line with ${one} in it`)).toContain(one);
    }
  });

  it('ends when the capture stops', () => {
    output.stop();
    Logger.log('after the end');
    process.stdout.write('after the end');
    expect(output.text()).not.toContain('after the end');
  });
});

describe('Credentials', () => {
  it('ignores short values and does not find absent ones', () => {
    const credentials = new Credentials();
    credentials.addFrom({
      accessToken: 'short',
      tokens: [{ refreshToken: 'long-enough-for-this' }],
    });
    credentials.addCookies(['name=; Path=/', 'name=another-long-enough-one; Path=/']);
    expect(credentials.count).toBe(2);
    expect(credentials.foundIn('short, and long enough for this')).toEqual([]);
    expect(credentials.foundIn('xlong-enough-for-thisx')).toEqual(['long-enough-for-this']);
  });
});
