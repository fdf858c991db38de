import { describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import {
  type CreateInput,
  Exchange,
  type HttpExchange,
  Public,
  type SessionClaims,
  SessionService,
} from 'nestjs-session-kit';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { send } from '../../support/http-client.js';
import { MATRIX, STORE_MATRIX, useFixture } from '../../support/fixture.js';

/** Values that `JSON.stringify` turns into `{}`, and the message of the error. */
const LOST: [what: string, make: () => unknown, said: RegExp][] = [
  ['a promise', async () => ({ a: 1 }), /it is a promise; await it before the call/],
  ['a rejected promise', () => Promise.reject(new Error('the app')), /it is a promise/],
  ['a Map', () => new Map([['a', 1]]), /it is of class Map/],
  ['a Set', () => new Set(['a']), /it is of class Set/],
  ['a class without fields', () => new (class Cart {})(), /it is of class Cart/],
];

const DATA = { cart: ['book'] };
const CLAIMS = { role: 'editor' };

describe.each(STORE_MATRIX)('with $store: content that JSON would drop', (entry) => {
  const fixture = useFixture(entry);

  /** Returns the message of the TypeError, and checks that the session is unchanged. */
  async function refusalOf(call: (handle: string) => Promise<unknown>): Promise<string> {
    const { session } = await fixture.sessions.create({
      transport: 'bearer',
      userId: 'ada',
      data: DATA,
      claims: CLAIMS,
    });
    const error: unknown = await call(session.handle).catch((thrown: unknown) => thrown);
    expect(await fixture.sessions.find(session.handle)).toEqual(session);
    await fixture.sessions.revokeUser('ada');
    return error instanceof TypeError ? error.message : 'no TypeError';
  }

  it.each(LOST)(
    'is refused in an update by a function that returns %s',
    async (_what, make, said) => {
      expect(
        await refusalOf((handle) => fixture.sessions.update(handle, make as () => object)),
      ).toMatch(said);
    },
  );

  it.each(LOST)('is refused in an update with %s as the fields', async (_what, make, said) => {
    expect(await refusalOf((handle) => fixture.sessions.update(handle, make() as object))).toMatch(
      said,
    );
  });

  it.each(LOST)('is refused in an update of one field with %s', async (_what, make, said) => {
    const change = (): object => ({ cart: make() });
    expect(await refusalOf((handle) => fixture.sessions.update(handle, change()))).toMatch(said);
  });

  it.each(LOST)('is refused in updateClaims with %s', async (_what, make, said) => {
    expect(await refusalOf(() => fixture.sessions.updateClaims('ada', make() as object))).toMatch(
      said,
    );
    expect(await refusalOf(() => fixture.sessions.updateClaims('ada', { roles: make() }))).toMatch(
      said,
    );
  });

  it.each(LOST)(
    'is refused in create with data, claims or device of %s',
    async (_what, make, said) => {
      for (const name of ['data', 'claims', 'device']) {
        const create = () =>
          fixture.sessions.create({ transport: 'bearer', userId: 'bob', [name]: make() });
        expect(await refusalOf(create)).toMatch(said);
      }
      expect(await fixture.sessions.list('bob')).toEqual([]);
    },
  );
});

let input: Partial<CreateInput>;

@Controller()
class LoginController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  @Public()
  async login(@Exchange() http: HttpExchange): Promise<object> {
    return this.sessions.login(http, { transport: 'bearer', userId: 'ada', ...input });
  }
}

describe.each(MATRIX)('$adapter with $store: content that JSON would drop', (entry) => {
  let claims: unknown;
  const logger = new CollectingLogger();
  const fixture = useFixture(entry, {
    controllers: [LoginController],
    options: { claimsFor: async () => claims as SessionClaims },
    configure: (app) => app.useLogger(logger),
  });

  it.each(LOST)('prevents a login with data, claims or device of %s', async (_w, make, said) => {
    for (const name of ['data', 'claims', 'device']) {
      input = { [name]: make() };
      logger.lines.length = 0;
      expect((await send(`${fixture.url}/login`, { method: 'POST' })).status).toBe(500);
      expect(logger.text).toMatch(said);
    }
    expect(await fixture.sessions.list('ada')).toEqual([]);
  });

  it.each(LOST.filter(([what]) => !what.includes('promise')))(
    'causes 503 and keeps the claims if claimsFor returns %s',
    async (_what, make, said) => {
      const { session, tokens } = await fixture.sessions.create({
        transport: 'bearer',
        userId: 'ada',
        claims: CLAIMS,
      });
      const { refreshToken } = tokens;
      claims = make();
      logger.lines.length = 0;
      const json = { refreshToken };
      const refused = await send(`${fixture.url}/auth/refresh`, { method: 'POST', json });
      expect([refused.status, refused.body['code']]).toEqual([503, 'STORE_UNAVAILABLE']);
      expect(logger.text).toMatch(said);
      expect((await fixture.sessions.find(session.handle))?.user).toEqual(session.user);
      await fixture.sessions.revokeUser('ada');
    },
  );
});
