import { afterEach, describe, expect, it } from '@jest/globals';
import { memoryBackend, SessionService, type StoreBackend, TokenService } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { startApp, type TestApp } from '../../support/test-app.js';

/** Loses the first answer that contains the evicted session. */
function forgetful(backend: StoreBackend): StoreBackend {
  const create = backend.store.create.bind(backend.store);
  let lost = false;
  backend.store.create = async (record, limit) => {
    const outcome = await create(record, limit);
    if (lost || !outcome.created || outcome.evicted.length === 0) return outcome;
    lost = true;
    throw new Error('answer lost');
  };
  return backend;
}

describe('a login above the limit whose answer is lost', () => {
  let app: TestApp;

  afterEach(() => app.close());

  it('leaves no valid access token of the evicted session', async () => {
    const clock = new FakeClock();
    const store = forgetful(memoryBackend({ clock, maxSessions: 100 }));
    const options = { store, revocation: { check: 'feed' }, session: { maxPerUser: 1 } } as const;
    app = await startApp({ clock, options });
    const [sessions, tokens] = [app.get(SessionService), app.get(TokenService)];
    // The store decides about tokens of the first minute of the feed.
    clock.advance(120_000);
    const {
      tokens: { accessToken },
    } = await sessions.create({ transport: 'bearer', userId: 'ada' });
    expect((await tokens.verifyAccess(accessToken)).sub).toBe('ada');

    const { session: next } = await sessions.create({ transport: 'cookie', userId: 'ada' });
    expect((await sessions.list('ada')).map(({ handle }) => handle)).toEqual([next.handle]);
    await expect(tokens.verifyAccess(accessToken)).rejects.toMatchObject({
      code: 'SESSION_ENDED',
    });
  });
});
