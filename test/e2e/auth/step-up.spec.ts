import { describe, expect, it } from '@jest/globals';
import type { TokenPair, Transport } from 'nestjs-session-kit';
import { Browser } from '../../support/browser-client.js';
import { useFixture } from '../../support/fixture.js';
import { ADAPTERS } from '../../support/test-app.js';
import {
  AdminAppController,
  type LoggedIn,
  SafeController,
} from '../../support/apps/admin-app.controller.js';

const TRANSPORTS: readonly Transport[] = ['bearer', 'cookie', 'bearer-cookie'];
const ROWS = ADAPTERS.flatMap((adapter) =>
  [false, true].flatMap((globalGuards) =>
    TRANSPORTS.map((transport) => ({
      adapter,
      globalGuards,
      guard: globalGuards ? 'globalGuards' : 'RecentLoginGuard',
      transport,
    })),
  ),
);

const REFUSAL = {
  statusCode: 401,
  error: 'Unauthorized',
  message: 'Recent login required',
  code: 'RECENT_LOGIN_REQUIRED',
};
const CHALLENGE =
  'Bearer error="insufficient_user_authentication", error_description="Recent login required", max_age="300"';

/** A client that keeps its credentials in cookies or in a variable. */
class Client {
  readonly browser: Browser;
  tokens: Partial<TokenPair> = {};
  handle = '';

  constructor(url: string) {
    this.browser = new Browser(url);
  }

  async logIn(transport: Transport): Promise<this> {
    const json = { userId: 'u1', transport };
    return this.#keep(await this.browser.post<LoggedIn>('/admin/login', { json }));
  }

  async confirm(): Promise<this> {
    return this.#keep(await this.browser.act<LoggedIn>('/admin/confirm', this.#sent()));
  }

  get(path: string) {
    return this.browser.get(path, this.#sent());
  }

  /** Refreshes the credentials of its transport; a session cookie stays live through use. */
  async refresh(transport: Transport): Promise<void> {
    if (transport === 'cookie') return void (await this.get('/admin/rates'));
    const refreshToken = this.tokens.refreshToken;
    const { status, text, body } = await (refreshToken === undefined
      ? this.browser.act<TokenPair>('/auth/refresh')
      : this.browser.post<TokenPair>('/auth/refresh', { json: { refreshToken } }));
    if (status !== 200) throw new Error(`refresh answered ${status}: ${text}`);
    if (refreshToken !== undefined) this.tokens = body;
  }

  #sent(): { token?: string } {
    const { accessToken } = this.tokens;
    return accessToken === undefined ? {} : { token: accessToken };
  }

  #keep({ status, text, body }: { status: number; text: string; body: LoggedIn }): this {
    if (status !== 200) throw new Error(`the request answered ${status}: ${text}`);
    ({ handle: this.handle, ...this.tokens } = body);
    return this;
  }
}

describe.each(ROWS)('step-up by $guard with $transport on $adapter', (row) => {
  const { adapter, globalGuards, transport } = row;
  const fixture = useFixture(
    { adapter, store: 'memory' },
    {
      controllers: [AdminAppController, SafeController],
      options: { globalGuards, rateLimit: false },
    },
  );
  const client = (): Promise<Client> => new Client(fixture.url).logIn(transport);
  const ran = (): string[] => fixture.app.get(AdminAppController).ran.splice(0);

  it('7.5.3 admits a login up to the maximum age, then refuses it with the challenge', async () => {
    const user = await client();
    expect((await user.get('/admin/transfer')).status).toBe(200);
    // A token contains whole seconds, so it may be up to one second stricter.
    fixture.clock.advance(299_000);
    expect((await user.get('/admin/transfer')).status).toBe(200);
    expect(ran()).toEqual(['transfer', 'transfer']);
    fixture.clock.advance(1_001);
    const { status, body, headers, setCookies } = await user.get('/admin/transfer');
    expect(status).toBe(401);
    expect(body).toEqual(REFUSAL);
    expect(headers.get('www-authenticate')).toBe(CHALLENGE);
    // The session stays live, and the client keeps its credentials.
    expect(setCookies).toEqual([]);
    expect(ran()).toEqual([]);
    expect(await fixture.sessions.find(user.handle)).not.toBeNull();
  });

  it('7.5.3 does not count a refresh or the use of a session as proof of identity', async () => {
    const user = await client();
    fixture.clock.advance(200_000);
    await user.refresh(transport);
    expect((await user.get('/admin/transfer')).status).toBe(200);
    fixture.clock.advance(101_000);
    expect((await user.get('/admin/transfer')).body).toEqual(REFUSAL);
    await user.refresh(transport);
    expect((await user.get('/admin/transfer')).body).toEqual(REFUSAL);
  });

  it('7.2.4 renews the proof and the handle by confirm, and refuses the old handle', async () => {
    const user = await client();
    const before = { handle: user.handle, token: user.tokens.accessToken };
    const cookie = await user.browser.jar.getCookieString('https://app.example/');
    fixture.clock.advance(301_000);
    expect((await user.get('/admin/transfer')).body).toEqual(REFUSAL);
    await user.confirm();
    expect((await user.get('/admin/transfer')).status).toBe(200);

    expect(user.handle).not.toBe(before.handle);
    expect(await fixture.sessions.find(before.handle)).toBeNull();
    const stale = before.token === undefined ? { cookie } : { token: before.token };
    const old = await new Browser(fixture.url).get('/admin/transfer', stale);
    expect(old.status).toBe(401);
    expect(old.body).toMatchObject({ code: 'SESSION_ENDED' });

    // The age counts from the confirmation, even after a refresh.
    fixture.clock.advance(200_000);
    await user.refresh(transport);
    fixture.clock.advance(99_000);
    expect((await user.get('/admin/transfer')).status).toBe(200);
    fixture.clock.advance(2_000);
    expect((await user.get('/admin/transfer')).body).toEqual(REFUSAL);
  });

  it('prefers the requirement of a handler to that of its class, and skips @Public() routes', async () => {
    const user = await client();
    fixture.clock.advance(301_000);
    expect((await user.get('/safe')).body).toEqual(REFUSAL);
    expect((await user.get('/safe/slow')).status).toBe(200);
    expect((await user.get('/safe/hours')).status).toBe(200);
    const visitor = new Client(fixture.url);
    expect((await visitor.get('/safe/hours')).status).toBe(200);
    expect((await visitor.get('/admin/rates')).status).toBe(200);
  });

  it('reports the missing session instead of the missing recent login without a session', async () => {
    ran();
    const { status, body, headers } = await new Client(fixture.url).get('/admin/transfer');
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'TOKEN_MISSING' });
    expect(headers.get('www-authenticate')).toBe('Bearer');
    const user = await client();
    await fixture.sessions.revoke(user.handle);
    fixture.clock.advance(301_000);
    expect((await user.get('/admin/transfer')).body).toMatchObject({ code: 'SESSION_ENDED' });
    expect(ran()).toEqual([]);
  });
});
