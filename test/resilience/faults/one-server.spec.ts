import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { roundNumbers } from '../../support/rounds.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';
import { ADAPTERS, type TestApp } from '../../support/test-app.js';
import { startBusyApp } from '../../support/busy-app.js';
import { harmIn } from '../../support/figures.js';
import { underTraffic } from '../../support/traffic.js';

interface Scene {
  readonly redis: OwnRedis;
  readonly proxy: TcpProxy;
}

/** Faults that remove no session: afterwards all clients are served as before. */
const FAULTS: readonly [name: string, fault: (scene: Scene) => Promise<void>][] = [
  [
    'killed and started again a second later, with an append-only file',
    async ({ redis }) => {
      await redis.kill();
      await sleep(1000);
      await redis.start();
    },
  ],
  [
    'stopped for 5 s',
    async ({ redis }) => {
      redis.signal('SIGSTOP');
      await sleep(5000);
      redis.signal('SIGCONT');
    },
  ],
  [
    'killing the connections of all clients, ten times',
    async ({ redis }) => {
      for (let i = 0; i < 10; i++) {
        await redis.client().call('CLIENT', 'KILL', 'TYPE', 'normal');
        await sleep(50);
      }
    },
  ],
  [
    'unreachable for 2 s: connections break and new ones are refused',
    async ({ proxy }) => {
      await proxy.refuse();
      await sleep(2000);
      await proxy.heal();
    },
  ],
  [
    'behind a network that drops all data for 3 s',
    async ({ proxy }) => {
      proxy.swallow();
      await sleep(3000);
      await proxy.heal();
    },
  ],
  [
    'behind a network that is 200 ms slow for 2 s',
    async ({ proxy }) => {
      proxy.delay(200);
      await sleep(2000);
      await proxy.heal();
    },
  ],
  [
    'behind a network that is 700 ms slow for 2 s, more than a call may take',
    async ({ proxy }) => {
      proxy.delay(700);
      await sleep(2000);
      await proxy.heal();
    },
  ],
  [
    'losing the answers of applied writes, and their connections, ten times',
    async ({ proxy }) => {
      for (let i = 0; i < 10; i++) await proxy.loseAnswerTo(/evalsha/i, 'reset');
    },
  ],
  [
    'losing answers in the middle, ten times',
    async ({ proxy }) => {
      for (let i = 0; i < 10; i++) await proxy.loseAnswerTo(/evalsha|get/i, 'cut');
    },
  ],
  [
    'silent after a write that it applied, three times',
    async ({ proxy }) => {
      for (let i = 0; i < 3; i++) await proxy.loseAnswerTo(/evalsha/i, 'hang');
    },
  ],
];

describe.each(roundNumbers(10))('two applications under load while their Redis is (%i)', () => {
  let redis: OwnRedis;
  let proxy: TcpProxy;
  let apps: TestApp[];

  beforeAll(async () => {
    redis = await startOwnRedis('--appendonly', 'yes', '--appendfsync', 'always');
    proxy = await startTcpProxy({ host: '127.0.0.1', port: redis.port });
    const url = `redis://127.0.0.1:${proxy.port}`;
    apps = await Promise.all(ADAPTERS.map((adapter) => startBusyApp(adapter, { url })));
  });

  afterAll(async () => {
    await Promise.all((apps ?? []).map((app) => app.close()));
    await proxy?.close();
    await redis?.stop();
  });

  it.each(FAULTS)('%s', async (name, fault) => {
    const report = await underTraffic(apps, async ({ mark, recovered }) => {
      await fault({ redis, proxy });
      mark();
      await recovered();
    });
    expect(harmIn(`one server ${name}`, report)).toEqual([]);
  });
});
