import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { Type } from '@nestjs/common';
import type { RedisConnection, SessionModuleOptions } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { eventually } from '../support/eventually.js';
import { startApp, type TestApp, type TestAppSetup } from '../support/test-app.js';

const INSTANCES = 2;

interface Instance {
  readonly app: TestApp;
  /** Requests that wait for its answer. */
  open: number;
}

/** Instances of one app behind a balancer, on one Redis, deployed as an orchestrator does it. */
export interface Fleet {
  /** Where the balancer listens. */
  readonly url: string;
  /** Replaces every instance, one after the other: the new one answers before the old one goes. */
  deploy(options: Partial<SessionModuleOptions>): Promise<void>;
  close(): Promise<void>;
}

export async function startFleet(
  redis: RedisConnection,
  controllers: Type[],
  common: NonNullable<TestAppSetup['options']>,
): Promise<Fleet> {
  const keyPrefix = `sk-${randomUUID()}:`;
  // Tokens of one instance are read by the others: with clocks of their own they would come from the future.
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
