import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { Type } from '@nestjs/common';
import type { RedisConnection, SessionModuleExtras, SessionOptions } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { eventually } from '../../support/eventually.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';

/** One with each adapter. */
const INSTANCES = ADAPTERS.length;

interface Instance {
  readonly app: TestApp;
  /** The number of requests that wait for its answer. */
  open: number;
}

/** Nodes of one application behind a load balancer on one Redis, deployed as an orchestrator does. */
export interface Fleet {
  /** The address of the load balancer. */
  readonly url: string;
  /** Replaces the nodes one by one; each new node answers before the old one closes. */
  deploy(options: SessionOptions): Promise<void>;
  close(): Promise<void>;
}

export async function startFleet(
  redis: RedisConnection,
  controllers: Type[],
  common: SessionOptions & SessionModuleExtras,
): Promise<Fleet> {
  const keyPrefix = `sk-${randomUUID()}:`;
  // Nodes read the tokens of each other; with separate clocks these would come from the future.
  const clock = new FakeClock();
  const pool: Instance[] = [];
  let turn = 0;

  const balancer = createServer((request, response) => {
    const instance = pool[turn++ % pool.length]!;
    const { hostname, port } = new URL(instance.app.url);
    const { method, url: path, rawHeaders: headers } = request;
    instance.open++;
    response.once('close', () => instance.open--);
    const upstream = send({ hostname, port, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.rawHeaders);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  }).listen(0, '127.0.0.1');
  await once(balancer, 'listening');

  const retire = async (instance: Instance): Promise<void> => {
    await eventually(
      () => instance.open,
      (open) => open === 0,
    );
    await instance.app.close();
  };

  return {
    url: `http://127.0.0.1:${(balancer.address() as { port: number }).port}`,
    deploy: async (options) => {
      for (let slot = 0; slot < INSTANCES; slot++) {
        const app = await startApp({
          adapter: ADAPTERS[slot]!,
          controllers,
          clock,
          options: { ...common, ...options, redis, keyPrefix },
        });
        const [old] = pool.splice(slot, 1, { app, open: 0 });
        if (old) await retire(old);
      }
    },
    close: async () => {
      balancer.closeAllConnections();
      balancer.close();
      for (const instance of pool) await retire(instance);
    },
  };
}
