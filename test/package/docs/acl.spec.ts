import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import {
  CleanupService,
  type RedisConnection,
  SessionHealthIndicator,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { newHandle, tagOf } from '../../../lib/rules/handle.js';
import { RateLimitedController } from '../../support/apps/rate-limited.controller.js';
import { send } from '../../support/http-client.js';
import { startCluster } from '../../support/redis/redis-cluster.js';
import { startOwnRedis } from '../../support/redis/redis-server.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { documents } from './documents.js';

/** Default of `session.touchIntervalSeconds`. */
const TOUCH_INTERVAL_MS = 60_000;
const TEXT = documents.get('docs/stores.md') ?? '';
const RULES = /^(-@all .+)$/m.exec(TEXT)?.[1] ?? '';
const CLUSTER_RULES = /^(\+cluster.+)$/m.exec(TEXT)?.[1] ?? '';

/** A Redis deployment, with an administrator's connection to each of its servers. */
interface Place {
  readonly admins: readonly Redis[];
  /** Returns the connection of an application that logs in as this user. */
  connection(user: { username: string; password: string }): RedisConnection;
  /** Runs `work` while the slot of this session moves to another server, on a Cluster. */
  whileMoving(handle: string, work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

async function oneServer(): Promise<Place> {
  const { port, client, stop } = await startOwnRedis();
  return {
    admins: [client()],
    connection: (user) => ({ options: { host: '127.0.0.1', port, ...user } }),
    whileMoving: (_handle, work) => work(),
    stop,
  };
}

async function cluster(): Promise<Place> {
  const { servers, masters, connection, stop } = await startCluster();
  return {
    admins: servers.map((server) => server.client()),
    connection: (redisOptions) => ({ options: { ...connection.options, redisOptions } }),
    whileMoving: async (handle, work) => {
      const members = (await masters()).map(({ id, server }) => ({ id, admin: server.client() }));
      const slot = await members[0]!.admin.cluster('KEYSLOT', `{${tagOf(handle)}}`);
      const keys = await Promise.all(
        members.map(({ admin }) => admin.cluster('COUNTKEYSINSLOT', slot)),
      );
      const from = members[keys.findIndex((count) => count > 0)]!;
      const to = members.find((member) => member !== from)!;
      await to.admin.cluster('SETSLOT', slot, 'IMPORTING', from.id);
      await from.admin.cluster('SETSLOT', slot, 'MIGRATING', to.id);
      await work();
      for (const { admin } of [from, to]) await admin.cluster('SETSLOT', slot, 'STABLE');
    },
    stop,
  };
}

describe.each([
  ['one server', oneServer, RULES],
  ['a Cluster', cluster, `${RULES} ${CLUSTER_RULES}`],
])('a Redis user with the rights from docs/stores.md on %s', (_what, start, rules) => {
  let entry: Place;
  let app: TestApp;

  beforeAll(async () => {
    entry = await start();
    for (const admin of entry.admins) {
      await admin.call('ACL', 'SETUSER', 'kit', 'on', '>pass', '~sk:*', ...rules.split(' '));
    }
    app = await startApp({
      controllers: [RateLimitedController],
      options: {
        redis: entry.connection({ username: 'kit', password: 'pass' }),
        globalGuards: true,
        revocation: { check: 'feed' },
      },
    });
  });

  afterAll(async () => {
    await app?.close();
    await entry?.stop();
  });

  it('may run every command of the package', async () => {
    const [sessions, tokens] = [app.get(SessionService), app.get(TokenService)];
    const { session, secret } = await sessions.create({ transport: 'cookie', userId: 'ada' });
    const cookie = { cookie: `__Host-session=${secret}` };
    const guarded = () => send(`${app.url}/limited/five`, { headers: cookie });
    const answers = await Promise.all([guarded(), guarded(), guarded()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    app.clock.advance(TOUCH_INTERVAL_MS);
    expect((await guarded()).status).toBe(200);
    const bearer = await sessions.create({ transport: 'bearer', userId: 'ada' });
    const { refreshToken } = await tokens.issue(bearer.session);
    const { accessToken } = await tokens.refresh(refreshToken);
    await tokens.revoke(accessToken);
    await sessions.update(session.handle, (data) => ({ ...data, seen: true }));
    await sessions.updateClaims('ada', { role: 'admin' });
    const { secret: other } = await sessions.create({ transport: 'cookie', userId: 'ada' });
    expect(await sessions.list('ada')).toHaveLength(3);
    expect(await sessions.resolve(other)).toMatchObject({ user: { id: 'ada' } });
    await entry.whileMoving(session.handle, async () => {
      expect(await sessions.find(session.handle)).not.toBeNull();
      expect(await sessions.find(newHandle('ada'))).toBeNull();
    });
    await sessions.regenerate(session.handle);
    await sessions.revokeUser('ada');
    await sessions.revokeEveryone();
    await app.get(CleanupService).run();
    await app.get(SessionHealthIndicator).isHealthy('sessions');
    // Redis logs denied commands. The start-up checks read CONFIG for warnings only.
    const denied = await Promise.all(entry.admins.map((admin) => admin.call('ACL', 'LOG')));
    const commands = (denied.flat() as unknown[][]).map(
      (entry) => entry[entry.indexOf('object') + 1],
    );
    expect(new Set(commands)).toEqual(new Set(['config|get']));
  });
});
