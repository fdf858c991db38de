import { describe, expect, it } from '@jest/globals';
import type { Session, TokenPair, Transport } from 'nestjs-session-kit';
import { Browser } from '../support/browser-client.js';
import { useStage } from '../support/stage.js';
import { ADAPTERS } from '../support/test-app.js';
import { BankController, SafeController } from './bank.controller.js';

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

interface LoggedIn {
  readonly session: Session;
  readonly tokens?: TokenPair;
}

/** A client that keeps what it is given, in cookies or in a variable. */
class Client {
  readonly browser: Browser;
  tokens: TokenPair | undefined;
  handle = '';

  constructor(url: string) {
    this.browser = new Browser(url);
  }

  async logIn(transport: Transport): Promise<this> {
    return this.#keep(await this.browser.post<LoggedIn>(`/login/${transport}`));
  }

  async confirm(): Promise<this> {
    return this.#keep(await this.browser.post<LoggedIn>('/confirm', this.#sent()));
  }

  get(path: string) {
    return this.browser.get(path, this.#sent());
  }

  /** Refreshes in the way of its transport; a session cookie lives on by being used. */
  async refresh(transport: Transport): Promise<void> {
    if (transport === 'cookie') return void (await this.get('/rates'));
    const refreshToken = this.tokens?.refreshToken;
    const { status, text, body } = await (refreshToken === undefined
      ? this.browser.act<TokenPair>('/auth/refresh')
      : this.browser.post<TokenPair>('/auth/refresh', { json: { refreshToken } }));
    if (status !== 200) throw new Error(`refresh answered ${status}: ${text}`);
    if (refreshToken !== undefined) this.tokens = body;
  }

  #sent(): { token?: string } {
    return this.tokens ? { token: this.tokens.accessToken } : {};
  }

  #keep({ status, text, body }: { status: number; text: string; body: LoggedIn }): this {
    if (status !== 200) throw new Error(`answered ${status}: ${text}`);
    this.tokens = body.tokens;
    this.handle = body.session.handle;
    return this;
  }
}

describe.each(ROWS)('step-up by $guard with $transport on $adapter', (row) => {
  const { adapter, globalGuards, transport } = row;
  const stage = useStage(
    { adapter, store: 'memory' },
    {
      controllers: [BankController, SafeController],
      options: { globalGuards, rateLimit: false },
    },
  );
  const client = (): Promise<Client> => new Client(stage.url).logIn(transport);
  const ran = (): string[] => stage.app.get(BankController).ran.splice(0);

  it('7.5.3 lets a login pass until its age is over, then refuses with the challenge', async () => {
    const user = await client();
    expect((await user.get('/transfer')).status).toBe(200);
    // A token tells the second, so it may be up to one second more strict.
    stage.clock.advance(299_000);
    expect((await user.get('/transfer')).status).toBe(200);
    expect(ran()).toEqual(['transfer', 'transfer']);
    stage.clock.advance(1_001);
    const { status, body, headers, setCookies } = await user.get('/transfer');
    expect(status).toBe(401);
    expect(body).toEqual(REFUSAL);
    expect(headers.get('www-authenticate')).toBe(CHALLENGE);
    // The session lives on: nothing is taken away from the client.
    expect(setCookies).toEqual([]);
    expect(ran()).toEqual([]);
    expect(await stage.sessions.find(user.handle)).not.toBeNull();
  });

  it('7.5.3 a refresh and the use of a session prove nothing', async () => {
    const user = await client();
    stage.clock.advance(200_000);
    await user.refresh(transport);
    expect((await user.get('/transfer')).status).toBe(200);
    stage.clock.advance(101_000);
    expect((await user.get('/transfer')).body).toEqual(REFUSAL);
    await user.refresh(transport);
    expect((await user.get('/transfer')).body).toEqual(REFUSAL);
  });

  it('7.2.4 confirm renews the proof and the id, and the old id opens nothing', async () => {
    const user = await client();
    const before = { handle: user.handle, token: user.tokens?.accessToken };
    const cookie = await user.browser.jar.getCookieString('https://app.example/');
    stage.clock.advance(301_000);
    expect((await user.get('/transfer')).body).toEqual(REFUSAL);
    await user.confirm();
    expect((await user.get('/transfer')).status).toBe(200);

    expect(user.handle).not.toBe(before.handle);
    expect(await stage.sessions.find(before.handle)).toBeNull();
    const stale = before.token === undefined ? { cookie } : { token: before.token };
    const old = await new Browser(stage.url).get('/transfer', stale);
    expect(old.status).toBe(401);
    expect(old.body).toMatchObject({ code: 'SESSION_ENDED' });

    // Counted from the confirmation, also after a refresh.
    stage.clock.advance(200_000);
    await user.refresh(transport);
    stage.clock.advance(99_000);
    expect((await user.get('/transfer')).status).toBe(200);
    stage.clock.advance(2_000);
    expect((await user.get('/transfer')).body).toEqual(REFUSAL);
  });

  it('the demand of a handler counts before that of its class, and @Public() opens', async () => {
    const user = await client();
    stage.clock.advance(301_000);
    expect((await user.get('/safe')).body).toEqual(REFUSAL);
    expect((await user.get('/safe/slow')).status).toBe(200);
    expect((await user.get('/safe/hours')).status).toBe(200);
    const nobody = new Client(stage.url);
    expect((await nobody.get('/safe/hours')).status).toBe(200);
    expect((await nobody.get('/rates')).status).toBe(200);
  });

  it('whoever has no session is told that, and nothing about recency', async () => {
    ran();
    const { status, body, headers } = await new Client(stage.url).get('/transfer');
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'TOKEN_MISSING' });
    expect(headers.get('www-authenticate')).toBe('Bearer');
    const user = await client();
    await stage.sessions.revoke(user.handle);
    stage.clock.advance(301_000);
    expect((await user.get('/transfer')).body).toMatchObject({ code: 'SESSION_ENDED' });
    expect(ran()).toEqual([]);
  });
});
