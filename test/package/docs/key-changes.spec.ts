import { afterEach, describe, expect, it } from '@jest/globals';
import {
  memoryBackend,
  type SessionOptions,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { signingKey } from '../../support/key-pairs.js';
import { secretOf } from '../../support/secret-of.js';
import { startApp, type TestApp } from '../../support/test-app.js';

const SECRET = secretOf('the app');
const PAIR = signingKey('ES256');
const apps: TestApp[] = [];

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

/** Creates sessions in one deployment and returns how the next one on the same store treats their credentials. */
async function deployed(before: SessionOptions, after: typeof before) {
  const clock = new FakeClock();
  const store = memoryBackend({ clock, maxSessions: 100 });
  for (const options of [before, after]) {
    apps.push(await startApp({ clock, options: { ...options, store } }));
  }
  const [old, current] = apps as [TestApp, TestApp];
  const sessions = old.get(SessionService);
  const { tokens } = await sessions.create({ transport: 'bearer', userId: 'ada' });
  const { secret } = await sessions.create({ transport: 'cookie', userId: 'ada' });
  const service = current.get(TokenService);
  return {
    access: await codeOf(service.verifyAccess(tokens.accessToken)),
    refresh: await codeOf(service.refresh(tokens.refreshToken)),
    cookie: (await current.get(SessionService).resolve(secret)) === null ? 'ended' : 'accepted',
  };
}

/** `accepted`, or the code of the error. */
function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => 'accepted',
    (error: { code?: string }) => error.code,
  );
}

/** The section of docs/key-rotation.md about changes that are not rotations. */
describe('switching between a secret and key pairs', () => {
  it('ends every session when a secret is added to key pairs', async () => {
    const keys = { secret: undefined, tokens: { keys: [PAIR] } };
    expect(await deployed(keys, { ...keys, secret: SECRET })).toEqual({
      access: 'SESSION_ENDED',
      refresh: 'TOKEN_INVALID',
      cookie: 'ended',
    });
  });

  it('refuses only access tokens when key pairs are added to a secret', async () => {
    expect(
      await deployed({ secret: SECRET }, { secret: SECRET, tokens: { keys: [PAIR] } }),
    ).toEqual({ access: 'TOKEN_INVALID', refresh: 'accepted', cookie: 'accepted' });
  });
});
