import { expect, it } from '@jest/globals';
import { SessionMetrics, SessionService } from 'nestjs-session-kit';
import { startApp } from '../../support/test-app.js';

it('SessionMetrics counts each event and all revoked sessions since the start', async () => {
  const app = await startApp({ options: { session: { maxPerUser: 3 }, audit: false } });
  const sessions = app.get(SessionService);
  const metrics = app.get(SessionMetrics);
  expect(metrics.snapshot()).toEqual({ events: {}, revokedSessions: 0 });

  for (let i = 0; i < 4; i++) await sessions.create({ transport: 'cookie', userId: 'ada' });
  const { session } = await sessions.create({ transport: 'cookie', userId: 'bob' });
  const { session: moved } = await sessions.regenerate(session.handle);
  await sessions.revokeUser('ada');
  await sessions.revoke(moved.handle);
  await sessions.revoke(moved.handle);
  const counted = {
    events: { 'session.created': 5, 'session.regenerated': 1, 'session.revoked': 3 },
    revokedSessions: 1 + 3 + 1,
  };
  expect(metrics.snapshot()).toEqual(counted);

  const snapshot = metrics.snapshot();
  await sessions.revokeEveryone();
  expect(snapshot).toEqual(counted);
  expect(metrics.snapshot().events['everyone.revoked']).toBe(1);
  await app.close();
});
