import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SessionModule } from 'nestjs-session-kit';
import { CollectingLogger } from '../support/collecting-logger.js';
import { send } from '../support/http-client.js';
import { type Adapter, ADAPTERS, SECRET, startApp } from '../support/test-app.js';
import { startRedis } from '../support/redis/redis-server.js';
import { RateLimitedController } from '../support/apps/rate-limited.controller.js';

/** The trust in proxies, in the terms of both adapters. */
type Trust = undefined | true | 1 | string | ((address?: string) => boolean);

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Starts an application on a unix socket. @returns the path of the socket */
async function startOnSocket(
  adapter: Adapter,
  trust: Trust,
  logger: CollectingLogger,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sk-'));
  const module = await Test.createTestingModule({
    imports: [SessionModule.forRoot({ secret: SECRET, globalGuards: true, memory: {} })],
    controllers: [RateLimitedController],
  }).compile();
  let app: INestApplication;
  if (adapter === 'fastify') {
    const options = trust === undefined ? {} : { trustProxy: trust };
    app = module.createNestApplication(new FastifyAdapter(options as object), { logger });
  } else {
    app = module.createNestApplication<NestExpressApplication>({ logger });
    if (trust !== undefined) (app as NestExpressApplication).set('trust proxy', trust);
  }
  closing.push(
    () => app.close(),
    () => rmSync(folder, { recursive: true }),
  );
  const path = join(folder, 'app.sock');
  await app.listen(path);
  return path;
}

function statusOver(socketPath: string, forwardedFor: string): Promise<number | undefined> {
  const headers = { 'x-forwarded-for': forwardedFor };
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/limited/open', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe.each(ADAPTERS)('%s: the address of a client', (adapter) => {
  it.each(['memory', 'Redis'])(
    'is one network for any port that a proxy adds, with %s',
    async (store) => {
      const redis = store === 'Redis' ? await startRedis() : undefined;
      const place = redis ? { redis: redis.connection, keyPrefix: `sk-${randomUUID()}:` } : {};
      const app = await startApp({
        adapter,
        behindProxy: true,
        controllers: [RateLimitedController],
        options: { globalGuards: true, ...place },
      });
      closing.push(
        () => app.close(),
        () => redis?.stop(),
      );
      const statusOf = async (address: string): Promise<number> => {
        const headers = { 'x-forwarded-for': address };
        return (await send(`${app.url}/limited/open`, { headers })).status;
      };
      for (const [first, second] of [
        ['192.0.2.1', '192.0.2.2'],
        ['[2001:db8:1:2::1]', '[2001:db8:1:3::1]'],
      ]) {
        const statuses = [];
        for (let port = 1; port <= 4; port++) statuses.push(await statusOf(`${first}:${port}`));
        expect(statuses).toEqual([200, 200, 200, 429]);
        expect(await statusOf(`${second}:4`)).toBe(200);
      }
    },
  );

  it.each<[what: string, trust: Trust]>([
    ['1', 1],
    ['a list of networks', 'loopback, 10.0.0.0/8'],
    ['a function for unix sockets', (address) => address === undefined],
  ])('on a unix socket is the one added by its proxy, with trust in %s', async (_what, trust) => {
    const logger = new CollectingLogger();
    const path = await startOnSocket(adapter, trust, logger);
    const statuses = [];
    // The address written by the client comes first, and is ignored.
    for (let i = 0; i < 4; i++) {
      statuses.push(await statusOver(path, `198.51.100.${i}, 192.0.2.1`));
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(await statusOver(path, '192.0.2.2')).toBe(200);
    expect(logger.text).not.toContain('without an address');
  });

  it('on a unix socket is unknown if no proxy is trusted, which is logged once', async () => {
    const logger = new CollectingLogger();
    const path = await startOnSocket(adapter, undefined, logger);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push(await statusOver(path, `192.0.2.${i}`));
    expect(statuses).toEqual([200, 200, 200, 429]);
    const said = logger.lines.filter((line) => line.includes('without an address'));
    expect(said).toHaveLength(1);
  });
});
