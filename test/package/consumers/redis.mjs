import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { REDIS_SERVER } from '../../support/redis/redis-programs.js';

/**
 * The Redis of `REDIS_URL` if set, else a new server without persistence.
 * @returns its url, undefined if that server is not installed, and a function that stops it
 */
export async function startRedis() {
  const { REDIS_URL } = process.env;
  if (REDIS_URL) return { url: REDIS_URL, stop: () => {} };
  const port = await freePort();
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''];
  const server = spawn(REDIS_SERVER, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await readyLine(server);
  } catch (error) {
    if (error.code === 'ENOENT') return { stop: () => {} };
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, stop: () => server.kill() };
}

function readyLine(server) {
  return new Promise((resolve, reject) => {
    let output = '';
    server.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('Ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`${REDIS_SERVER} did not start:\n${output}`)));
  });
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
