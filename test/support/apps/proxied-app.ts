import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  SessionModule,
  type SessionModuleExtras,
  type SessionModuleOptions,
} from 'nestjs-session-kit';
import { type Adapter, SECRET } from '../test-app.js';

export interface ProxiedApp {
  readonly url: string;
  get<T>(token: Type<T>): T;
  close(): Promise<void>;
}

/** Starts an application that trusts its proxy, by the setting of its adapter. */
export async function startBehindProxy(
  adapter: Adapter,
  controllers: Type[],
  options: Partial<SessionModuleOptions> & SessionModuleExtras,
): Promise<ProxiedApp> {
  const module = await Test.createTestingModule({
    imports: [SessionModule.forRoot({ secret: SECRET, routes: { path: 'auth' }, ...options })],
    controllers,
  }).compile();
  const app =
    adapter === 'fastify'
      ? module.createNestApplication(new FastifyAdapter({ trustProxy: true }), { logger: false })
      : module.createNestApplication({ logger: false });
  if (adapter === 'express') (app as NestExpressApplication).set('trust proxy', 1);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    get: (token) => app.get(token, { strict: false }),
    close: () => app.close(),
  };
}
