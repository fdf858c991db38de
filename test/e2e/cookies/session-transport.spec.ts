import { describe, expect, it } from '@jest/globals';
import { type Session, SessionStore, type TokenPair, type TokenService } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { tokensIn } from '../../support/session-credential.js';
import { MATRIX } from '../../support/fixture.js';
import { useBrowserApp } from '../../support/apps/use-browser-app.js';

/** Whether the type of `TokenService.issue` accepts a session with this transport. */
type Issues<T extends Session> = T extends Parameters<TokenService['issue']>[0]
  ? 'accepted'
  : 'refused';

const BY_TYPE: [
  Issues<Session<'bearer'>>,
  Issues<Session<'cookie'>>,
  Issues<Session<'bearer-cookie'>>,
] = ['accepted', 'refused', 'refused'];

describe.each(MATRIX)('$adapter with $store: the transport of a session', (entry) => {
  const fixture = useBrowserApp(entry);

  it('stays bearer through confirm, which returns tokens', async () => {
    const { session, tokens } = await fixture.sessions.create({
      transport: 'bearer',
      userId: 'ada',
    });
    const token = (await fixture.tokens.issue(session)).accessToken;
    expect(tokens.tokenType).toBe('Bearer');
    const confirmed = await send<{ session: Session; tokens: TokenPair }>(
      `${fixture.url}/confirm`,
      {
        method: 'POST',
        token,
      },
    );
    expect([confirmed.status, confirmed.body.session.transport]).toEqual([200, 'bearer']);
    const { accessToken, refreshToken } = confirmed.body.tokens;
    expect((await send(`${fixture.url}/name`, { token: accessToken })).status).toBe(200);
    expect((await fixture.tokens.refresh(refreshToken)).tokenType).toBe('Bearer');
  });

  it.each(['cookie', 'bearer-cookie'] as const)(
    'is checked by TokenService.issue, which refuses %s without effect',
    async (transport) => {
      await fixture.loggedIn({ transport, userId: transport });
      const [session] = await fixture.sessions.list(transport);
      const store = fixture.app.get(SessionStore);
      const before = await store.read(session!.handle);
      const asBearer = { ...session!, transport: 'bearer' } as Session<'bearer'>;
      await expect(fixture.tokens.issue(asBearer)).rejects.toThrow(
        new RegExp(`^TokenService.issue takes .* this one has ${transport};`),
      );
      expect(await store.read(session!.handle)).toEqual(before);
      expect(BY_TYPE).toEqual(['accepted', 'refused', 'refused']);
    },
  );

  it.each(['cookie', 'bearer-cookie'] as const)(
    'decides the new credential from regenerate: %s, with unchanged lifetimes',
    async (transport) => {
      const userId = `${transport} user`;
      const browser = await fixture.loggedIn({ transport, userId });
      const [before] = await fixture.sessions.list(userId);
      expect((await browser.act('/promote')).status).toBe(200);
      const [after] = await fixture.sessions.list(userId);
      expect(after).toEqual({ ...before, handle: after!.handle });
      expect(after!.handle).not.toBe(before!.handle);
      expect((await browser.get('/name')).status).toBe(200);
    },
  );

  it('decides the new credential from regenerate: tokens for bearer', async () => {
    const { session } = await fixture.sessions.create({ transport: 'bearer', userId: 'eve' });
    const renewed = await fixture.sessions.regenerate(session.handle);
    expect([renewed.transport, renewed.session.transport]).toEqual(['bearer', 'bearer']);
    const { accessToken } = tokensIn(renewed);
    expect((await send(`${fixture.url}/name`, { token: accessToken })).status).toBe(200);
  });

  it('is checked at a refresh, which refuses a bearer token in a cookie without using it', async () => {
    const { session, tokens } = await fixture.sessions.create({
      transport: 'bearer',
      userId: 'flo',
    });
    const store = fixture.app.get(SessionStore);
    const before = await store.read(session.handle);
    const cookie = `__Secure-session-refresh=${tokens.refreshToken}`;
    const browser = fixture.browser();
    const csrf = await browser.csrfToken(cookie);
    const jar = (await browser.cookies()).map((one) => one.cookieString());
    const { status, body, setCookies } = await browser.post('/auth/refresh', {
      csrf,
      cookie: [cookie, ...jar].join('; '),
    });
    expect([status, body['code'], setCookies]).toEqual([401, 'TOKEN_INVALID', []]);
    expect(await store.read(session.handle)).toEqual(before);
  });
});
