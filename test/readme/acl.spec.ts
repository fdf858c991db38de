import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  CleanupService,
  SessionHealthIndicator,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { LimitedController } from '../security/limited.controller.js';
import { send } from '../support/http-client.js';
import { type OwnRedis, startOwnRedis } from '../support/redis-server.js';
import { startApp, type TestApp } from '../support/test-app.js';

/** Default of `session.touchIntervalSeconds`. */
const TOUCH_INTERVAL_MS = 60_000;
const RULES = /`(-@all [^`]+)`/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';

let redis: OwnRedis;
let app: TestApp;

beforeAll(async () => {
  redis = await startOwnRedis();
  const rules = ['on', '>pass', '~sk:*', ...RULES.split(' ')];
  await redis.client().call('ACL', 'SETUSER', 'kit', ...rules);
  app = await startApp({
    controllers: [LimitedController],
    options: {
      redis: { url: `redis://kit:pass@127.0.0.1:${redis.port}` },
      globalGuards: true,
      revocation: { check: 'feed' },
    },
  });
});

afterAll(async () => {
  await app?.close();
  await redis?.stop();
});

it('a user of Redis with the rights that README.md names can do all that the kit does', async () => {
  const [sessions, tokens] = [app.get(SessionService), app.get(TokenService)];
  const { session, secret } = await sessions.create({ userId: 'ada' });
  const cookie = { cookie: `__Host-session=${secret}` };
  const guarded = () => send(`${app.url}/limited/five`, { headers: cookie });
  const answers = await Promise.all([guarded(), guarded(), guarded()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  app.clock.advance(TOUCH_INTERVAL_MS);
  expect((await guarded()).status).toBe(200);
  const { refreshToken } = await tokens.issue(session);
  const { accessToken } = await tokens.refresh(refreshToken);
  await tokens.revoke(accessToken);
  await sessions.update(session.handle, (data) => ({ ...data, seen: true }));
  await sessions.updateClaims('ada', { role: 'admin' });
  const { secret: other } = await sessions.create({ userId: 'ada' });
  expect(await sessions.list('ada')).toHaveLength(2);
  expect(await sessions.resolve(other)).toMatchObject({ user: { id: 'ada' } });
  await sessions.regenerate(session.handle);
  await sessions.revokeUser('ada');
  await sessions.revokeEveryone();
  await app.get(CleanupService).run();
  await app.get(SessionHealthIndicator).isHealthy('sessions');
  // Redis keeps what was denied. What the boot doctor asks is for its warnings alone.
  const denied = (await redis.client().call('ACL', 'LOG')) as unknown[][];
  const commands = denied.map((entry) => entry[entry.indexOf('object') + 1]);
  expect(new Set(commands)).toEqual(new Set(['config|get']));
});
