import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication, Injectable, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SessionModule, SessionService } from 'nestjs-session-kit';
import type { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { SECRET } from '../../support/test-app.js';

@Injectable()
class FailsWhenMade {
  constructor(readonly sessions: SessionService) {
    throw new Error('the other database is down');
  }
}

@Injectable()
class FailsInModuleInit {
  onModuleInit(): Promise<void> {
    return Promise.reject(new Error('the other database is down'));
  }
}

@Injectable()
class FailsAtBootstrap {
  onApplicationBootstrap(): Promise<void> {
    return Promise.reject(new Error('the other database is down'));
  }
}

/** Uses sessions before the start of the package, as an asynchronously created provider may. */
const USER_OF_SESSIONS = {
  provide: 'seeded',
  inject: [SessionService],
  useFactory: (sessions: SessionService) => sessions.create({ transport: 'cookie', userId: 'ada' }),
};

@Module({})
class App {}

/** Open and pending connections of this process, including those of the test. */
function sockets(): number {
  const names = process.getActiveResourcesInfo();
  return names.filter((name) => /^TCP(Socket|Connect)Wrap$/.test(name)).length;
}

describe('a start that fails in a provider of the application', () => {
  let redis: OwnRedis;
  let observer: Redis;
  let app: INestApplication | undefined;

  beforeAll(async () => {
    redis = await startOwnRedis();
    observer = redis.client();
  });

  afterEach(async () => {
    await app?.close();
    app = undefined;
  });

  afterAll(() => redis?.stop());

  async function connections(): Promise<number> {
    return String(await observer.client('LIST'))
      .trim()
      .split('\n').length;
  }

  async function create(...providers: (Type | typeof USER_OF_SESSIONS)[]): Promise<void> {
    const imports = [SessionModule.forRoot({ secret: SECRET, redis: { url: redis.url } })];
    const root = { module: App, imports, providers };
    app = await NestFactory.create(root, { logger: false, abortOnError: false });
  }

  it('before the application exists opens no connection', async () => {
    await observer.ping();
    const before = sockets();
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(create(FailsWhenMade)).rejects.toThrow('the other database is down');
    }
    // A client of ioredis that connects does so within a turn of the event loop.
    await setImmediate();
    expect(sockets()).toBe(before);
    expect(await connections()).toBe(1);
  });

  it.each([
    ['onModuleInit', FailsInModuleInit],
    ['onApplicationBootstrap', FailsAtBootstrap],
  ])('in %s leaves no connection open after the application is closed', async (_hook, provider) => {
    await create(provider);
    await expect(app?.init()).rejects.toThrow('the other database is down');
    await app?.close();
    await eventually(connections, (count) => count === 1);
  });

  it('a provider may use sessions before the package has started', async () => {
    await create(USER_OF_SESSIONS);
    await app?.init();
    const sessions = (app as INestApplication).get(SessionService, { strict: false });
    expect(await sessions.list('ada')).toHaveLength(1);
  });
});
