import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { pinned } from './machine.mjs';
import { OTHER_CORE } from './settings.mjs';

/** Commands of this process and of connecting clients. */
const NOT_COUNTED = new Set([
  'info',
  'ping',
  'hello',
  'client|setinfo',
  'config|resetstat',
  'select',
  // From a node that follows revocations, three times a second under any load.
  'xinfo',
  'xinfo|stream',
  'xread',
  'wait',
  'time',
]);

/** A Redis for the benchmark, without persistence, that ends with this process. */
export async function startRedis() {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'session-kit-bench-'));
  const options = ['--port', port, '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
  const [command, ...args] = pinned(OTHER_CORE, ['redis-server', ...options.map(String)]);
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  await ready(server);
  const client = new Redis(port);
  // As in a Redis that has run for long: the store decides about tokens of the first minute of a
  // stream.
  await client.xadd('sk:revocations', '1-1', 'began', '');
  return {
    url: `redis://127.0.0.1:${port}`,
    /**
     * @returns {Promise<Map<string, number>>} calls of each command, including those inside scripts
     */
    async commands() {
      const lines = (await client.info('commandstats')).matchAll(/cmdstat_([^:]+):calls=(\d+)/g);
      return new Map(
        [...lines]
          .map(([, name, calls]) => [name, Number(calls)])
          .filter(([name]) => !NOT_COUNTED.has(name)),
      );
    },
    async usedBytes() {
      return Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1]);
    },
    async stop() {
      client.disconnect();
      process.off('exit', kill);
      kill();
      await once(server, 'exit');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function ready(server) {
  const missing = new Error('redis-server did not start; the benchmark needs Redis 7 on the PATH');
  let output = '';
  await new Promise((resolve, reject) => {
    server.once('error', () => reject(missing));
    server.once('exit', () =>
      reject(Object.assign(missing, { message: `${missing.message}\n${output}` })),
    );
    server.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('Ready to accept connections')) resolve();
    });
  });
  server.removeAllListeners('exit');
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
