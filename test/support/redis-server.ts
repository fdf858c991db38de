import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RedisConnection } from 'nestjs-session-kit';

/** A Redis for one test file. */
export interface TestRedis {
  readonly connection: RedisConnection;
  /** A connection to look into it. */
  client(): Redis;
  stop(): Promise<void>;
}

/** A Redis that the test may kill, pause and start again. */
export interface OwnRedis extends TestRedis {
  readonly port: number;
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** The Redis of `REDIS_URL` where that is set, else a server of this test file's own. Use a key prefix of your own. */
export async function startRedis(): Promise<TestRedis> {
  const url = process.env['REDIS_URL'];
  return url ? sharedRedis(url) : startOwnRedis();
}

function sharedRedis(url: string): TestRedis {
  const clients: Redis[] = [];
  return {
    connection: { url },
    client: () => remember(clients, new Redis(url)),
    stop: async () => disconnect(clients),
  };
}

/** A server on a free port of the loopback, without persistence. */
export async function startOwnRedis(...args: string[]): Promise<OwnRedis> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'session-kit-redis-'));
  const url = `redis://127.0.0.1:${port}`;
  const clients: Redis[] = [];
  let server: ChildProcess;

  const start = async (): Promise<void> => {
    const options = [
      '--port',
      `${port}`,
      '--bind',
      '127.0.0.1',
      '--dir',
      directory,
      '--save',
      '',
      ...args,
    ];
    server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
    await readyLine(server);
  };
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  await start();
  return {
    port,
    url,
    connection: { url },
    client: () => remember(clients, new Redis(url)),
    start,
    kill,
    signal: (name) => void server.kill(name),
    stop: async () => {
      disconnect(clients);
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function readyLine(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(`redis-server did not start:\n${output}`)));
  });
}

/** A port of the loopback that nothing listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function remember(clients: Redis[], client: Redis): Redis {
  clients.push(client);
  return client;
}

function disconnect(clients: Redis[]): void {
  for (const client of clients) client.disconnect();
}
