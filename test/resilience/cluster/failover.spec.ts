import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBusyApp } from '../../support/busy-app.js';
import { harmIn } from '../../support/figures.js';
import { underTraffic } from '../../support/traffic.js';
import {
  NODE_TIMEOUT_MS,
  startCluster,
  type TestCluster,
} from '../../support/redis/redis-cluster.js';
import { roundNumbers } from '../../support/rounds.js';
import { ADAPTERS, type TestApp } from '../../support/test-app.js';

/**
 * The time after which a silent master counts as failed, in the test that kills one: elsewhere a
 * busy machine must not fail over.
 */
const SHORT_NODE_TIMEOUT_MS = 1000;

let cluster: TestCluster;
let apps: TestApp[];

beforeAll(async () => {
  cluster = await startCluster();
  apps = await Promise.all(ADAPTERS.map((adapter) => startBusyApp(adapter, cluster.connection)));
});

afterAll(async () => {
  await Promise.all((apps ?? []).map((app) => app.close()));
  await cluster?.stop();
});

const setNodeTimeout = (milliseconds: number): Promise<unknown> =>
  Promise.all(
    cluster.servers.map((server) =>
      server.client().config('SET', 'cluster-node-timeout', milliseconds),
    ),
  );

describe.each(roundNumbers(20))('a Cluster under load (%i)', () => {
  it('continues after all scripts were flushed', async () => {
    const report = await underTraffic(apps, async ({ mark, recovered }) => {
      mark();
      await Promise.all(cluster.servers.map((server) => server.client().script('FLUSH')));
      await recovered();
    });
    expect(harmIn('SCRIPT FLUSH on every node of a Cluster', report)).toEqual([]);
  });

  it('continues while slots move to another master', async () => {
    const [from, to] = await cluster.masters();
    const report = await underTraffic(apps, async ({ mark, recovered }) => {
      mark();
      await cluster.moveSlots(1500, from!, to!);
      await recovered();
    });
    expect(harmIn('1,500 slots of a Cluster move', report)).toEqual([]);
  });

  it('continues with the replica after a master was killed', async () => {
    await setNodeTimeout(SHORT_NODE_TIMEOUT_MS);
    const [lost] = await cluster.masters();
    const survivors = ['holder', 'counter', 'ghost'] as const;
    const report = await underTraffic(
      apps,
      async ({ mark, recovered }) => {
        mark();
        await lost!.server.kill();
        await cluster.settled(2);
        await recovered();
      },
      { kinds: survivors },
    );
    expect(harmIn('a master of a Cluster is killed', report)).toEqual([]);
    await lost!.server.start();
    await cluster.settled();
    await setNodeTimeout(NODE_TIMEOUT_MS);
  });
});
