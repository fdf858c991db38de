import { describe, expect, it } from '@jest/globals';
import { SessionService, TokenService } from 'nestjs-session-kit';
import { Browser } from '../../support/browser-client.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { handedOut } from '../../support/credentials.js';
import { send } from '../../support/http-client.js';
import { ADAPTERS, SECRET, startApp } from '../../support/test-app.js';
import { collectEvents, typesOf } from './collect-events.js';
import { AdminAppController } from '../../support/apps/admin-app.controller.js';
import { secretIn } from '../../support/session-credential.js';

interface Tokens extends Record<string, string> {
  readonly handle: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

describe.each(ADAPTERS)('events and audit log of whole sessions on %s', (adapter) => {
  it('16.2.5 contain handles but no secret, token, cookie or CSRF token, not even a stolen one', async () => {
    const logger = new CollectingLogger();
    const app = await startApp({
      adapter,
      controllers: [AdminAppController],
      configure: (starting) => starting.useLogger(logger),
    });
    const { url } = app;
    const received = collectEvents(app);
    const sessions = app.get(SessionService);
    handedOut.add(SECRET);
    const handles: string[] = [];

    const post = async (path: string, json: object = {}, token?: string): Promise<Tokens> => {
      const { body } = await send<Tokens>(`${url}/${path}`, { method: 'POST', json, token });
      if (body.handle !== undefined) handles.push(body.handle);
      return body;
    };
    const logInto = async (browser: Browser, transport: string): Promise<void> => {
      const csrf = await browser.csrfToken();
      const json = { userId: 'ada', transport };
      const { body } = await browser.post<Tokens>('/admin/login', { json, csrf });
      handles.push(body.handle);
    };

    // A bearer session with a lost answer, a theft and the requests of the thief.
    const first = await post('admin/login', { userId: 'ada', transport: 'bearer' });
    const second = await post('auth/refresh', { refreshToken: first.refreshToken });
    await post('auth/refresh', { refreshToken: first.refreshToken });
    await app.get(TokenService).revoke(second.accessToken);
    app.clock.advance(60_000);
    await post('auth/refresh', { refreshToken: first.refreshToken });
    await send(`${url}/admin/me`, { token: second.accessToken });
    const third = await post('admin/login', { userId: 'ada', transport: 'bearer' });
    await post('admin/confirm', {}, third.accessToken);

    // Browser sessions with forged requests, a second login and a logout.
    for (const transport of ['cookie', 'bearer-cookie']) {
      const browser = new Browser(url);
      await logInto(browser, transport);
      await browser.post('/admin/confirm');
      await logInto(browser, transport);
      await browser.act('/auth/logout');
    }
    const { session, secret } = await sessions.create({ transport: 'cookie', userId: 'ada' });
    const regenerated = await sessions.regenerate(session.handle);
    handedOut.add(secret, secretIn(regenerated));
    handles.push(session.handle, regenerated.session.handle);
    await sessions.revokeUser('ada');
    await app.close();

    const types = new Set(typesOf(received));
    expect([...types].toSorted()).toEqual([
      'csrf.rejected',
      'session.created',
      'session.refreshed',
      'session.regenerated',
      'session.replayed',
      'session.reused',
      'session.revoked',
      'token.revoked',
    ]);
    const outputs = [JSON.stringify(received), logger.text];
    expect(handedOut.count).toBeGreaterThan(20);
    for (const output of outputs) {
      expect(handedOut.foundIn(output)).toEqual([]);
      expect(handles.filter((handle) => !output.includes(handle))).toEqual([]);
    }
  });
});
