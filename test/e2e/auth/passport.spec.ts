import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Req, UseGuards } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import passportJwt from 'passport-jwt';
import { CurrentUser, type SessionUser } from 'nestjs-session-kit';
import { JwtStrategy } from 'nestjs-session-kit/passport';
import { type Answer, send, sendRaw } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

const ran: string[] = [];

@Controller('passport')
@UseGuards(AuthGuard('jwt'))
class PassportController {
  @Get()
  read(
    @Req() request: { user: unknown },
    @CurrentUser() user: SessionUser,
    @CurrentUser('id') id: string,
  ): object {
    ran.push('read');
    return { requestUser: request.user, user, id };
  }
}

const OLD = new JwtService({ secret: 'the secret of the application before it used this package' });

/** The previous strategy of the application. */
@Injectable()
class OldStrategy extends PassportStrategy(passportJwt.Strategy, 'old') {
  constructor() {
    super({
      jwtFromRequest: passportJwt.ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: 'the secret of the application before it used this package',
    });
  }

  validate({ sub }: { sub: string }): object {
    ran.push('old strategy');
    return { id: sub, old: true };
  }
}

@Controller('either')
@UseGuards(AuthGuard(['jwt', 'old']))
class EitherController {
  @Get()
  read(@Req() request: { user: unknown }): object {
    return { user: request.user };
  }
}

/** Replaces a character in the middle of the signature, which stays well-formed. */
function forged(token: string): string {
  const at = token.length - 20;
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
}

describe.each(MATRIX)("$adapter with $store: AuthGuard('jwt')", (entry) => {
  const fixture = useFixture(entry, {
    controllers: [ApiAppController, PassportController, EitherController],
    providers: [JwtStrategy, OldStrategy],
  });
  const get = (token?: string): Promise<Answer> => send(`${fixture.url}/passport`, { token });
  const either = (token?: string): Promise<Answer> => send(`${fixture.url}/either`, { token });

  beforeEach(() => {
    ran.length = 0;
  });

  it('admits a valid token and sets request.user and @CurrentUser() to the user with the claims', async () => {
    const claims = { email: 'u1@example.com', role: 'editor' };
    const { accessToken } = await login(fixture.url, { userId: 'u1', claims });
    fixture.calls.length = 0;
    const { status, body } = await get(accessToken);
    const user = { id: 'u1', ...claims };
    expect(status).toBe(200);
    expect(body).toEqual({ requestUser: user, user, id: 'u1' });
    expect(fixture.calls).toEqual(['read']);
  });

  it('refuses a missing token with 401', async () => {
    expect((await get()).status).toBe(401);
    expect(ran).toEqual([]);
  });

  it.each([
    { name: 'forged', code: 'TOKEN_INVALID', message: 'Invalid token' },
    { name: 'expired', code: 'TOKEN_EXPIRED', message: 'Token expired' },
    { name: 'revoked', code: 'TOKEN_EXPIRED', message: 'Token expired' },
    { name: 'logged out', code: 'SESSION_ENDED', message: 'Session ended' },
    { name: 'refresh', code: 'TOKEN_TYPE_INVALID', message: 'Invalid token type' },
  ])('refuses a token ($name) with 401 $code', async ({ name, code, message }) => {
    const { accessToken, refreshToken, handle } = await login(fixture.url, { userId: 'u1' });
    // The token is in the token cache now; a hit must not admit it once it is invalid.
    expect((await get(accessToken)).status).toBe(200);
    ran.length = 0;
    if (name === 'expired') fixture.clock.advance(3_600_000);
    if (name === 'revoked') await fixture.tokens.revoke(accessToken);
    if (name === 'logged out') await fixture.sessions.revoke(handle);
    const token = { forged: forged(accessToken), refresh: refreshToken }[name] ?? accessToken;
    const { status, body } = await get(token);
    expect(status).toBe(401);
    expect(body).toEqual({ statusCode: 401, error: 'Unauthorized', message, code });
    expect(ran).toEqual([]);
  });

  it('refuses a token of another application with 401', async () => {
    expect((await get('garbage')).status).toBe(401);
    expect(ran).toEqual([]);
  });

  it('refuses two Authorization headers with 401, whichever is valid', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u1' });
    const good = ['authorization', `Bearer ${accessToken}`];
    for (const headers of [
      [...good, ...good],
      [...good, 'Authorization', 'Bearer garbage'],
      ['Authorization', 'Basic dTpw', ...good],
    ]) {
      const { status, body } = await sendRaw(fixture.url, { path: '/passport', headers });
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: 'TOKEN_INVALID' });
    }
    expect(ran).toEqual([]);
  });

  it('ignores a token in the query', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u1' });
    for (const query of ['auth_token', 'access_token', 'token']) {
      expect((await send(`${fixture.url}/passport?${query}=${accessToken}`)).status).toBe(401);
    }
    expect(ran).toEqual([]);
  });

  it('checks the token of each request independently', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u1' });
    const answers = await Promise.all(
      [accessToken, 'garbage', accessToken, undefined, accessToken].map(get),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 401, 200]);
  });

  it('refuses a bearer token beside a live session cookie of another user with 401', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u1' });
    const cookieOf = async (userId: string): Promise<string> =>
      `__Host-session=${(await fixture.sessions.create({ transport: 'cookie', userId })).secret}`;
    const url = `${fixture.url}/passport`;
    const own = { cookie: await cookieOf('u1') };
    expect((await send(url, { token: accessToken, headers: own })).status).toBe(200);
    const other = { cookie: await cookieOf('u2') };
    const { status, body } = await send(url, { token: accessToken, headers: other });
    expect([status, body['code']]).toEqual([401, 'TOKEN_INVALID']);
  });

  describe("AuthGuard(['jwt', 'old'])", () => {
    it('admits tokens of the package', async () => {
      const { accessToken } = await login(fixture.url, { userId: 'u1' });
      expect((await either(accessToken)).body).toEqual({ user: { id: 'u1' } });
      expect(ran).toEqual([]);
    });

    it.each([
      ['without an issuer', {}],
      ['of another issuer', { issuer: 'the previous application' }],
      ['of the same issuer with another key', { issuer: 'nestjs-session-kit', keyid: 'k1' }],
    ])('passes a token %s to the next strategy', async (_what, options) => {
      const { status, body } = await either(OLD.sign({ sub: 'u9' }, options));
      expect([status, body]).toEqual([200, { user: { id: 'u9', old: true } }]);
    });

    it('does not pass a refused token of the package to the next strategy', async () => {
      const { accessToken } = await login(fixture.url, { userId: 'u1' });
      const { status, body } = await either(forged(accessToken));
      expect([status, body['code']]).toEqual([401, 'TOKEN_INVALID']);
      expect(ran).toEqual([]);
    });

    it('does not pass a request with two tokens to the next strategy', async () => {
      const { accessToken } = await login(fixture.url, { userId: 'u1' });
      const tokens = [OLD.sign({ sub: 'u9' }), accessToken];
      const headers = tokens.flatMap((token) => ['authorization', `Bearer ${token}`]);
      const { status, body } = await sendRaw(fixture.url, { path: '/either', headers });
      expect([status, body['code']]).toEqual([401, 'TOKEN_INVALID']);
      expect(ran).toEqual([]);
    });

    it.each([
      ['a missing token', undefined],
      ['a token of neither strategy', 'opaque-token'],
    ])('refuses %s with 401', async (_what, token) => {
      expect((await either(token)).status).toBe(401);
    });
  });
});
