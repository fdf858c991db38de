import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { SessionModuleOptions } from 'nestjs-session-kit';
import { appModule } from './app.module.js';
import { bearerJourney } from './bearer-journey.js';
import { cookieJourney } from './cookie-journey.js';
import { afterAll, beforeAll, describe } from './runner.js';

const ADAPTERS = { Express: ExpressAdapter, Fastify: FastifyAdapter };

const { REDIS_URL: url } = process.env;
const STORES: Record<string, Partial<SessionModuleOptions>> = {
  memory: {},
  ...(url && { Redis: { redis: { url }, keyPrefix: `${randomUUID()}:` } }),
};

for (const [adapter, Adapter] of Object.entries(ADAPTERS)) {
  for (const [store, options] of Object.entries(STORES)) {
    describe(`${adapter}, sessions in ${store}`, () => {
      let app: INestApplication;
      beforeAll(async () => {
        app = await NestFactory.create(appModule(options), new Adapter(), {
          logger: ['error'],
          abortOnError: false,
        });
        await app.listen(0, '127.0.0.1');
      });
      afterAll(() => app.close());

      const urlOfApp = (): string => {
        const { port } = app.getHttpServer().address() as AddressInfo;
        return `http://127.0.0.1:${port}`;
      };
      bearerJourney(urlOfApp);
      cookieJourney(urlOfApp);
    });
  }
}
