import type { Server } from 'node:http';
import { type INestApplication, type ModuleMetadata, type Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  Clock,
  SessionModule,
  type SessionModuleExtras,
  type SessionModuleOptions,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';

export const ADAPTERS = ['express', 'fastify'] as const;
export type Adapter = (typeof ADAPTERS)[number];

/** Random, because words are refused as a secret. */
export const SECRET = 'rJ0vXq7LwT4bR8yZc1nHs6pUk3eMg5aDf2iKx9oQdYE';

export interface TestAppSetup {
  readonly adapter?: Adapter;
  readonly options?: Partial<SessionModuleOptions> & SessionModuleExtras;
  readonly controllers?: Type[];
  readonly providers?: ModuleMetadata['providers'];
  readonly imports?: ModuleMetadata['imports'];
  /** Trusts the proxy before it, by the setting of the adapter. Default: false. */
  readonly behindProxy?: boolean;
  /** Runs before the application listens: filters, pipes, a prefix, a logger. */
  readonly configure?: (app: INestApplication) => void;
  /** Default: a FakeClock that starts at the real time. */
  readonly clock?: FakeClock;
}

/** A running application with the module under test. */
export interface TestApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly clock: FakeClock;
  get<T>(token: Type<T> | (abstract new (...args: never[]) => T)): T;
  close(): Promise<void>;
}

/**
 * Starts an application on a free port of the loopback. Logging is off; call `app.useLogger` to see
 * the log.
 */
export async function startApp(setup: TestAppSetup = {}): Promise<TestApp> {
  const {
    adapter = 'express',
    options = {},
    controllers = [],
    providers = [],
    imports = [],
    behindProxy = false,
    configure,
    clock = new FakeClock(),
  } = setup;
  const module = await Test.createTestingModule({
    imports: [
      SessionModule.forRoot({ secret: SECRET, routes: { path: 'auth' }, ...options }),
      ...imports,
    ],
    controllers,
    providers,
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .compile();
  const app =
    adapter === 'fastify'
      ? module.createNestApplication(new FastifyAdapter({ trustProxy: behindProxy }), {
          logger: false,
        })
      : module.createNestApplication({ logger: false });
  if (behindProxy && adapter === 'express') (app as NestExpressApplication).set('trust proxy', 1);
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  // A client that pauses for 5 s must not send on a connection that the server closes at that
  // moment.
  (app.getHttpServer() as Server).keepAliveTimeout = 0;
  const { port } = app.getHttpServer().address() as { port: number };
  return {
    app,
    url: `http://127.0.0.1:${port}`,
    clock,
    get: (token) => app.get(token as Type, { strict: false }),
    close: () => app.close(),
  };
}
