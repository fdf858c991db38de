import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '../../support/redis/redis-cluster.js';

const FOLDERS = ['e2e', 'resilience/concurrency', 'security'];

/** Patterns of suites that use a Redis without stopping, pausing or configuring it. */
const TAKES_ANY_REDIS = /\b(useFixture|useBrowserApp|useTwoNodes|useTwoAttackTargets|startRedis)\(/;

/** One watches the commands that one server gets, the other is about keys, which no Redis holds. */
const APART = new Set(['redis-commands.spec.ts', 'key-rotation.spec.ts']);

/** A lower number means that a fixture was renamed and its suites are not found any more. */
const MIN_SUITES = 49;

let cluster: TestCluster;

// Suites read it when they are loaded, to skip the memory store.
process.env['REDIS_CLUSTER'] = 'not started yet';

beforeAll(async () => {
  cluster = await startCluster();
  process.env['REDIS_CLUSTER'] = cluster.addresses;
});

afterAll(() => cluster?.stop());

/** The suites for one server, which run again on a Cluster. */
const suites = FOLDERS.flatMap((folder) => {
  const directory = join(process.cwd(), 'test', folder);
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        name.endsWith('.spec.ts') &&
        !APART.has(basename(name)) &&
        TAKES_ANY_REDIS.test(readFileSync(join(directory, name), 'utf8')),
    )
    .map((name) => `../../${folder}/${name}`);
});

it('finds every suite that works with any Redis', () => {
  expect(suites.length).toBeGreaterThanOrEqual(MIN_SUITES);
});

for (const suite of suites) await import(suite);
