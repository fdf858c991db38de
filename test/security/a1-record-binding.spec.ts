import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  memoryBackend,
  type SessionRecord,
  SessionService,
  type SessionStore,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { BrowserAppController } from '../support/apps/browser-app.controller.js';
import { Browser } from '../support/browser-client.js';
import { eventually } from '../support/eventually.js';
import { codeOf } from '../support/nodes.js';
import { startRedis, type TestRedis } from '../support/redis/redis-server.js';
import { newRedis } from '../support/redis/redis-store.js';
import { secretOf } from '../support/secret-of.js';
import { type MatrixEntry, MATRIX } from '../support/fixture.js';
import { startApp, type TestApp } from '../support/test-app.js';

const [OLD, NEW] = ['old', 'new'].map(secretOf) as [string, string];
const DAY_MS = 86_400_000;

type Secrets = string | readonly string[];

/** Applications that use the same store with the same key prefix. */
interface SharedStore {
  readonly clock: FakeClock;
  /** The store itself, without any binding. */
  readonly bare: SessionStore;
  readonly redis: TestRedis | undefined;
  deploy(secret: Secrets): Promise<TestApp>;
}

function useSharedStore({ adapter, store }: MatrixEntry): SharedStore {
  const shared = {} as { -readonly [Name in keyof SharedStore]: SharedStore[Name] };
  let apps: TestApp[];
  let close: () => Promise<void>;

  beforeEach(async () => {
    apps = [];
    const clock = new FakeClock();
    const redis = store === 'redis' ? await startRedis() : undefined;
    const keyPrefix = `sk-${randomUUID()}:`;
    const backend = redis
      ? newRedis(redis.connection, keyPrefix, clock).backend
      : memoryBackend({ clock, maxSessions: 100 });
    const place = redis ? { redis: redis.connection } : { store: backend };
    const deploy = async (secret: Secrets): Promise<TestApp> => {
      const options = {
        ...place,
        keyPrefix,
        secret,
        globalGuards: true,
        rateLimit: false,
      } as const;
      const app = await startApp({ adapter, clock, controllers: [BrowserAppController], options });
      apps.push(app);
      return app;
    };
    const { store: bare } = backend;
    close = async () => backend.onApplicationShutdown?.();
    Object.assign(shared, { clock, bare, redis, deploy });
  });

  afterEach(async () => {
    for (const app of apps) await app.close();
    await close();
    await shared.redis?.stop();
  });

  return shared;
}

const sessionsOf = (app: TestApp): SessionService => app.get(SessionService);
const cookieOf = (secret: string): string => `__Host-session=${secret}`;

async function visit(app: TestApp, cookie: string): Promise<unknown[]> {
  const { status, body } = await new Browser(app.url).get('/name', { cookie });
  return status === 200 ? [200] : [status, body['code']];
}

/** A record of a version of the package that did not bind records. */
async function unbind(bare: SessionStore, handle: string): Promise<void> {
  const { handleMac: _mac, ...record } = (await bare.read(handle)) as SessionRecord;
  const next = { ...record, version: record.version + 1 };
  expect(await bare.replace(next, record.version)).toBe(true);
}

describe.each(MATRIX)(
  'two applications with one key prefix and different secrets, $adapter with $store',
  (entry) => {
    const shared = useSharedStore(entry);

    it('7.2.1 the session cookie of one is refused by the other, and remains valid in its own', async () => {
      const [mine, theirs] = [await shared.deploy(OLD), await shared.deploy(NEW)];
      const { secret, session } = await sessionsOf(mine).create({
        transport: 'cookie',
        userId: 'ada',
      });
      for (let round = 0; round < 2; round++) {
        expect(await visit(theirs, cookieOf(secret))).toEqual([401, 'SESSION_ENDED']);
        expect(await visit(mine, cookieOf(secret))).toEqual([200]);
      }
      const other = sessionsOf(theirs);
      expect(await other.resolve(secret)).toBeNull();
      expect(await other.find(session.handle)).toBeNull();
      expect(await other.list('ada')).toEqual([]);
      expect(await other.updateClaims('ada', {})).toBe(0);
      expect(await codeOf(other.update(session.handle, {}))).toBe('SESSION_ENDED');
      expect(await codeOf(other.regenerate(session.handle))).toBe('SESSION_ENDED');
      expect((await sessionsOf(mine).resolve(secret))?.handle).toBe(session.handle);
    });

    it.each([
      ['a login', '/login'],
      ['a logout', '/auth/logout'],
    ])('%s in one with the cookie of the other keeps that session alive', async (_what, path) => {
      const [mine, theirs] = [await shared.deploy(OLD), await shared.deploy(NEW)];
      const { secret } = await sessionsOf(mine).create({ transport: 'cookie', userId: 'ada' });
      const cookie = cookieOf(secret);
      const browser = new Browser(theirs.url);
      const { body } = await browser.get<{ csrfToken: string }>('/auth/csrf-token', { cookie });
      const { status } = await browser.post(path, { cookie, csrf: body.csrfToken, json: {} });
      expect(status).toBe(200);
      expect(await visit(mine, cookie)).toEqual([200]);
    });
  },
);

describe.each(MATRIX)(
  'a cookie session while the secret is rotated, $adapter with $store',
  (entry) => {
    const shared = useSharedStore(entry);
    const stored = async (handle: string) => (await shared.bare.read(handle))?.handleMac;

    it('11.2.2 a session used while both secrets are configured outlives the old one', async () => {
      const { secret, session } = await sessionsOf(await shared.deploy(OLD)).create({
        transport: 'cookie',
        userId: 'ada',
      });
      const [before, both, after] = [
        await shared.deploy([OLD, NEW]),
        await shared.deploy([NEW, OLD]),
        await shared.deploy(NEW),
      ];
      const mac = await stored(session.handle);
      shared.clock.advance(DAY_MS / 2);
      expect(await visit(before, cookieOf(secret))).toEqual([200]);
      expect(await visit(after, cookieOf(secret))).toEqual([401, 'SESSION_ENDED']);
      // The previous use may have been written in this interval.
      shared.clock.advance(60_000);
      expect(await visit(both, cookieOf(secret))).toEqual([200]);
      await eventually(
        () => stored(session.handle),
        (now) => now !== mac,
      );
      expect(await visit(after, cookieOf(secret))).toEqual([200]);
      expect((await sessionsOf(after).find(session.handle))?.lastSeenAt).toEqual(
        new Date(shared.clock.nowMs()),
      );
    });

    it('a session without use meanwhile ends with the old secret', async () => {
      const { secret } = await sessionsOf(await shared.deploy(OLD)).create({
        transport: 'cookie',
        userId: 'ada',
      });
      expect(await visit(await shared.deploy(NEW), cookieOf(secret))).toEqual([
        401,
        'SESSION_ENDED',
      ]);
    });

    it('a record without a binding is accepted once and bound by that', async () => {
      const [mine, theirs] = [
        await shared.deploy([NEW, OLD]),
        await shared.deploy(secretOf('other')),
      ];
      const { secret, session } = await sessionsOf(mine).create({
        transport: 'cookie',
        userId: 'ada',
        data: { a: 1 },
      });
      const mac = await stored(session.handle);
      await unbind(shared.bare, session.handle);
      expect(await visit(mine, cookieOf(secret))).toEqual([200]);
      await eventually(
        () => stored(session.handle),
        (now) => now === mac,
      );
      expect(await visit(theirs, cookieOf(secret))).toEqual([401, 'SESSION_ENDED']);
      expect((await sessionsOf(mine).resolve(secret))?.data).toEqual({ a: 1 });
    });

    it.each(['bearer', 'bearer-cookie'] as const)(
      'a record without a binding of a session with %s is bound by its next refresh',
      async (transport) => {
        const [mine, theirs] = [await shared.deploy(NEW), await shared.deploy(OLD)];
        const browser = new Browser(mine.url);
        const { body } = await browser.act('/login', { json: { transport } });
        const [session] = await sessionsOf(mine).list('ada');
        const { handle } = session!;
        const mac = await stored(handle);
        await unbind(shared.bare, handle);
        const json = { refreshToken: body['refreshToken'] };
        const { status } = await browser.act(
          '/auth/refresh',
          transport === 'bearer' ? { json } : {},
        );
        expect(status).toBe(200);
        expect(await stored(handle)).toBe(mac);
        expect(await sessionsOf(theirs).find(handle)).toBeNull();
      },
    );
  },
);
