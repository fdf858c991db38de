// Packs the package as for publication and runs it in real applications outside this repository:
// the other tests
// cannot check whether the tarball installs, compiles and has one identity in node_modules of an
// application.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { check, secondsSince } from './check.mjs';
import { run, StepFailure } from './commands.mjs';
import { CONSUMERS, NODES } from './consumers.mjs';
import { nodesOf } from './nodes.mjs';
import { startRedis } from './redis.mjs';

/** Concurrent consumers: each waits half its time for npm. */
const AT_ONCE = 2;

const started = performance.now();
const root = resolve(import.meta.dirname, '../../..');
const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
// Names of consumers as arguments: only these.
const [, , ...only] = process.argv;
const consumers = CONSUMERS.filter(({ name }) => only.length === 0 || only.includes(name));
if (consumers.length === 0) throw new Error(`no consumer is named ${only.join(' ')}`);

const workspace = mkdtempSync(join(tmpdir(), 'session-kit-consumers-'));
const redis = await startRedis();
try {
  console.log(
    `Sessions in memory${redis.url ? ' and in Redis' : ': redis-server is not installed'}`,
  );
  const tarball = await pack();
  const nodes = await nodesOf(NODES, join(workspace, 'nodes'));
  const setting = { name, tarball, workspace, nodes, redisUrl: redis.url };
  const waiting = [...consumers];
  await Promise.all(Array.from({ length: AT_ONCE }, () => work(waiting, setting)));
  console.log(`\n${consumers.length} consumers, ${secondsSince(started)} s`);
} catch (error) {
  fail(error);
} finally {
  redis.stop();
  rmSync(workspace, { recursive: true, force: true });
}

/** Continues after a failure, so that one run reports all of them. */
async function work(waiting, setting) {
  for (let consumer = waiting.shift(); consumer; consumer = waiting.shift()) {
    try {
      console.log(`\n${(await check(consumer, setting)).join('\n')}`);
    } catch (error) {
      fail(error, consumer.name);
    }
  }
}

function fail(error, consumer = '') {
  console.error(`\n${consumer}`, error instanceof StepFailure ? error.message : error);
  process.exitCode = 1;
}

async function pack() {
  await run({ cwd: root, step: 'build' }, 'npm', 'run', 'build');
  const options = ['--json', '--ignore-scripts', '--pack-destination', workspace];
  const { stdout } = await run({ cwd: root, step: 'pack' }, 'npm', 'pack', ...options);
  const [{ filename, size, unpackedSize }] = JSON.parse(stdout);
  console.log(`${filename}: ${kib(size)}, unpacked ${kib(unpackedSize)}`);
  return join(workspace, filename);
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}
