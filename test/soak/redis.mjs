import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';

/** A Redis of this run alone, on a free port, which keeps nothing. */
export async function startRedis() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
  const server = spawn('redis-server', options, { stdio: 'ignore' });
  await Promise.race([
    once(server, 'spawn'),
    once(server, 'error').then(([error]) => {
      throw new Error(`redis-server, 7 or later, is needed on the PATH: ${error.message}`);
    }),
  ]);
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url);
  // The first attempts come before the server listens.
  client.on('error', () => undefined);
  await client.ping();
  return {
    url,
    client,
    stop: async () => {
      client.disconnect();
      server.kill();
      await once(server, 'exit');
    },
  };
}
