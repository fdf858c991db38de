import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '../support/redis-cluster.js';

const FOLDERS = ['e2e', 'browser-transport', 'concurrency', 'cli', 'operating', 'security'];

/** How suites come to a Redis that they do not stop, pause or set up themselves. */
const TAKES_ANY_REDIS = /\b(useStage|useShop|useTwoNodes|useTwins|startRedis)\(/;

/** One watches the commands that one server gets, the other is about keys, which no Redis holds. */
const APART = new Set(['redis-commands.spec.ts', 'rotation.spec.ts']);

/** Fewer mean that a fixture was renamed, and that its suites are no longer found. */
const MIN_SUITES = 49;

let cluster: TestCluster;

// Suites read it when they are loaded, to leave the store in memory out.
process.env['REDIS_CLUSTER'] = 'not started yet';

beforeAll(async () => {
  cluster = await startCluster();
  process.env['REDIS_CLUSTER'] = cluster.addresses;
});

afterAll(() => cluster?.stop());

/** The suites of one server again, on a Cluster: what holds there holds here. */
const suites = FOLDERS.flatMap((folder) => {
  const directory = join(process.cwd(), 'test', folder);
  return readdirSync(directory)
    .filter(
      (name) =>
        name.endsWith('.spec.ts') &&
        !APART.has(name) &&
        TAKES_ANY_REDIS.test(readFileSync(join(directory, name), 'utf8')),
    )
    .map((name) => `../${folder}/${name}`);
});

it('finds every suite that takes any Redis', () => {
  expect(suites.length).toBeGreaterThanOrEqual(MIN_SUITES);
});

for (const suite of suites) await import(suite);
