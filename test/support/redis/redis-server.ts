import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import type { RedisConnection } from 'nestjs-session-kit';
import { REDIS_SERVER } from './redis-programs.js';

/** A Redis for one test file. */
export interface TestRedis {
  readonly connection: RedisConnection;
  /** The address for a program. */
  readonly env: Record<string, string>;
  /** A connection to inspect it. */
  client(): Redis;
  stop(): Promise<void>;
}

/** A Redis that the test may kill, pause and restart. */
export interface OwnRedis extends TestRedis {
  readonly port: number;
  readonly url: string;
  isRunning(): boolean;
  kill(): Promise<void>;
  start(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/**
 * The Redis of `REDIS_URL` or the Cluster of `REDIS_CLUSTER` if set, else a server for this test
 * file. Use a separate key prefix.
 */
export async function startRedis(): Promise<TestRedis> {
  const { REDIS_URL: url, REDIS_CLUSTER: cluster } = process.env;
  if (cluster) return sharedCluster(cluster);
  return url ? sharedRedis(url) : startOwnRedis();
}

function sharedRedis(url: string): TestRedis {
  const clients: Redis[] = [];
  return {
    connection: { url },
    env: { REDIS_URL: url },
    client: () => remember(clients, new Redis(url)),
    stop: async () => disconnect(clients),
  };
}

function sharedCluster(addresses: string): TestRedis {
  const nodes = addresses.split(',').map((address) => {
    const { hostname: host, port } = new URL(`redis://${address}`);
    return { host, port: Number(port) };
  });
  const clients: WholeCluster[] = [];
  return {
    connection: { options: { nodes } },
    env: { REDIS_CLUSTER: addresses },
    // Commands that tests send to one server go to the Cluster instead.
    client: () => remember(clients, new WholeCluster(nodes)) as unknown as Redis,
    stop: async () => disconnect(clients),
  };
}

/** Runs a command on all masters that a Cluster client would send to any one of them. */
class WholeCluster extends Cluster {
  override async keys(pattern: unknown): Promise<string[]> {
    // Before that, it knows no masters.
    if (this.status !== 'ready') await once(this, 'ready');
    const all = this.nodes('master').map((master) => master.keys(String(pattern)));
    return (await Promise.all(all)).flat();
  }
}

/** A server on a free port of the loopback, without persistence. */
export function startOwnRedis(...options: string[]): Promise<OwnRedis> {
  return startServer(async ({ port, directory }) => {
    const place = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', directory];
    return [...place, '--save', '', ...options];
  });
}

/** The address and folder of a server of a test. */
export interface ServerPlace {
  readonly port: number;
  readonly directory: string;
}

/**
 * Runs the server with the arguments for its place, and with the same ones again after a restart.
 */
export async function startServer(
  argsFor: (place: ServerPlace) => Promise<readonly string[]>,
): Promise<OwnRedis> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'session-kit-redis-'));
  const url = `redis://127.0.0.1:${port}`;
  const args = await argsFor({ port, directory });
  const clients: Redis[] = [];
  let server: ChildProcess;

  const start = async (): Promise<void> => {
    server = spawn(REDIS_SERVER, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await readyLine(server);
  };
  const isRunning = (): boolean => server.exitCode === null && server.signalCode === null;
  const kill = async (): Promise<void> => {
    if (!isRunning()) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  };
  await start();
  return {
    port,
    url,
    connection: { url },
    env: { REDIS_URL: url },
    client: () => remember(clients, new Redis(url, { disconnectTimeout: 100 })),
    isRunning,
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

/** The line that a server prints when it is ready, and the one of a Sentinel. */
const READY = /Ready to accept connections|\+monitor master/;

function readyLine(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    server.stdout?.on('data', (chunk: Buffer) => {
      if (output.length < 100_000) output += chunk.toString();
      if (READY.test(output)) resolve();
    });
    server.once('exit', () => reject(new Error(`${REDIS_SERVER} did not start:\n${output}`)));
  });
}

/**
 * Ports below the ephemeral range: a server that is restarted finds its port free. Each worker of
 * jest uses a range of a thousand ports in order, so that two servers never get the same one.
 */
const FIRST_PORT = 10_000;
const PORTS_PER_WORKER = 1000;
const WORKERS = 20;
const workerPort =
  FIRST_PORT + (Number(process.env['JEST_WORKER_ID'] ?? 0) % WORKERS) * PORTS_PER_WORKER;
let nextPort = Math.floor(Math.random() * PORTS_PER_WORKER);

/** A port of the loopback without a listener. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS_PER_WORKER; tried++) {
    const port = workerPort + (nextPort++ % PORTS_PER_WORKER);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port is free from ${workerPort} on`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  const listens = await once(probe, 'listening').then(
    () => true,
    () => false,
  );
  if (!listens) return false;
  probe.close();
  await once(probe, 'close');
  return true;
}

/** Ignores connection errors of the client: tests kill the servers. */
function remember<T extends Redis | Cluster>(clients: T[], client: T): T {
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

function disconnect(clients: readonly (Redis | Cluster)[]): void {
  for (const client of clients) client.disconnect();
}
