import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type SessionEvent,
  SessionEvents,
  SessionHealthIndicator,
  SessionService,
} from 'nestjs-session-kit';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { startOwnRedis } from '../../support/redis/redis-server.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';
import { collectEvents, typesOf } from './collect-events.js';
import { AdminAppController } from '../../support/apps/admin-app.controller.js';

// The test runner fails a test on an unhandled rejection.
describe.each(ADAPTERS)('SessionEvents on %s', (adapter) => {
  let app: TestApp;
  let logger: CollectingLogger;

  beforeEach(async () => {
    logger = new CollectingLogger();
    app = await startApp({
      adapter,
      controllers: [AdminAppController],
      options: { audit: false },
      configure: (starting) => starting.useLogger(logger),
    });
    logger.lines.length = 0;
  });

  afterEach(() => app.close());

  const login = () =>
    send(`${app.url}/admin/login`, {
      method: 'POST',
      json: { userId: 'ada', transport: 'bearer' },
    });

  it.each<[string, (event: SessionEvent) => void | Promise<void>, string]>([
    [
      'throws',
      () => {
        throw new Error('the queue is full');
      },
      'the queue is full',
    ],
    ['rejects', () => Promise.reject(new Error('no route to the SIEM')), 'no route to the SIEM'],
    ['rejects without an Error', () => Promise.reject('text'), 'it threw no Error'],
    [
      'changes the event',
      (event) => {
        (event as { type: string }).type = 'forged';
      },
      'read only',
    ],
  ])(
    'logs a listener that %s, without effect on the request or other listeners',
    async (_what, listener, line) => {
      app.get(SessionEvents).on(listener);
      const received = collectEvents(app);
      expect((await login()).status).toBe(200);
      expect(typesOf(received)).toEqual(['session.created']);
      await eventually(
        () => logger.lines.length,
        (count) => count > 0,
      );
      expect(logger.lines).toEqual([
        expect.stringMatching(/^a listener failed on session\.created: /),
      ]);
      expect(logger.text).toContain(line);
    },
  );

  it('does not delay a request for a listener that never settles', async () => {
    app.get(SessionEvents).on(() => new Promise(() => {}));
    expect((await login()).status).toBe(200);
    expect(logger.lines).toEqual([]);
  });

  it('stops calling an unsubscribed listener, but calls the others', async () => {
    const received: string[] = [];
    const stop = app.get(SessionEvents).on(({ type }) => void received.push(type));
    const others = collectEvents(app);
    await login();
    stop();
    stop();
    await login();
    expect(received).toEqual(['session.created']);
    expect(typesOf(others)).toEqual(['session.created', 'session.created']);
  });
});

it('16.5.2 reports an outage of the store once with its reason, and the recovery once', async () => {
  const redis = await startOwnRedis();
  const app = await startApp({ options: { redis: redis.connection } });
  const received = collectEvents(app);
  const health = app.get(SessionHealthIndicator);
  await redis.kill();
  for (let i = 0; i < 5; i++) await health.isHealthy('sessions');
  await expect(app.get(SessionService).list('ada')).rejects.toThrow('Session store unavailable');
  expect(received).toEqual([
    { type: 'store.unavailable', time: expect.any(String), reason: expect.stringMatching(/./) },
  ]);
  await redis.start();
  await eventually(
    () => health.isHealthy('sessions'),
    ({ sessions }) => sessions.status === 'up',
  );
  await health.isHealthy('sessions');
  expect(typesOf(received)).toEqual(['store.unavailable', 'store.available']);
  await app.close();
  await redis.stop();
});
