import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { type RedisConnection, SessionConfigError, SessionModule } from 'nestjs-session-kit';
import { freePort, type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { SECRET } from '../../support/test-app.js';

@Module({})
class App {}

/** The error with which the start fails. */
async function refusalOf(redis: RedisConnection): Promise<SessionConfigError> {
  const root = { module: App, imports: [SessionModule.forRoot({ secret: SECRET, redis })] };
  const error: unknown = await NestFactory.create(root, { logger: false, abortOnError: false })
    .then((app) => app.init())
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SessionConfigError);
  return error as SessionConfigError;
}

describe('Redis cannot be used at start', () => {
  let redis: OwnRedis;

  beforeAll(async () => {
    redis = await startOwnRedis('--requirepass', 'the right password');
  });

  afterAll(() => redis?.stop());

  it('nothing listens: the start rejects with host and port, the reason and the fix', async () => {
    const port = await freePort();
    const url = `redis://user:pa55word@127.0.0.1:${port}/0`;
    const error = await refusalOf({ url });
    expect(error.problems).toHaveLength(1);
    expect(error.message).toContain(`redis: cannot use 127.0.0.1:${port} (connect ECONNREFUSED`);
    expect(error.message).toContain('start Redis 7 or Valkey there');
    expect(inspect(error)).not.toContain('pa55word');
  });

  it('an unknown host: the start rejects with the host', async () => {
    const error = await refusalOf({ url: 'redis://:pa55word@no-such-host.invalid:6379' });
    expect(error.message).toContain('redis: cannot use no-such-host.invalid:6379 (');
    expect(inspect(error)).not.toContain('pa55word');
  });

  it('a wrong password: the start rejects, reports it and does not repeat the password', async () => {
    const error = await refusalOf({ url: `redis://:pa55word@127.0.0.1:${redis.port}` });
    expect(error.message).toContain(`redis: cannot use 127.0.0.1:${redis.port} (`);
    expect(error.message).toContain('WRONGPASS');
    expect(inspect(error)).not.toContain('pa55word');
  });

  it('a missing password: the start rejects and reports it', async () => {
    const error = await refusalOf({ url: redis.url });
    expect(error.message).toContain('NOAUTH');
  });

  it('a server that hangs: the start rejects too', async () => {
    redis.signal('SIGSTOP');
    try {
      const error = await refusalOf({ url: redis.url });
      expect(error.message).toContain(`redis: cannot use 127.0.0.1:${redis.port} (`);
    } finally {
      redis.signal('SIGCONT');
    }
  });

  it('a client of the application that cannot connect: the start rejects and does not close the client', async () => {
    const client = new Redis({ port: await freePort(), host: '127.0.0.1', password: 'pa55word' });
    client.on('error', () => undefined);
    try {
      const error = await refusalOf({ client });
      expect(error.message).toContain('redis: cannot use the given client (');
      expect(inspect(error)).not.toContain('pa55word');
      expect(client.status).not.toBe('end');
    } finally {
      client.disconnect();
    }
  });

  it.each([
    [
      'a client',
      (): RedisConnection => ({ client: new Redis({ keyPrefix: 'app:', lazyConnect: true }) }),
    ],
    ['options', (): RedisConnection => ({ options: { keyPrefix: 'app:', lazyConnect: true } })],
    [
      'options of a Cluster',
      (): RedisConnection => ({
        options: { nodes: [{ port: 1 }], keyPrefix: 'app:', lazyConnect: true },
      }),
    ],
  ])(
    '%s with its own keyPrefix: the start rejects and names the option to use',
    async (_name, make) => {
      const { message } = await refusalOf(make());
      expect(message).toContain('redis: the client has its own keyPrefix');
      expect(message).toContain('set keyPrefix of SessionModule instead');
    },
  );

  it.each(['localhost:6379', 'http://localhost:6379', 'not a url pa55word', ''])(
    'a URL of %j is refused without being repeated',
    async (url) => {
      const error = await refusalOf({ url });
      expect(error.problems).toHaveLength(1);
      expect(error.problems[0]?.path).toMatch(/^redis/);
      expect(inspect(error)).not.toContain('pa55word');
    },
  );

  it('each problem appears once in the output of a terminal', async () => {
    const shown = inspect(await refusalOf({ url: redis.url }));
    expect(shown.split('correct the option redis')).toHaveLength(2);
  });
});
