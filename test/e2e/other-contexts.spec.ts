import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext, INestMicroservice, Type } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { NestFactory } from '@nestjs/core';
import { ExternalContextCreator } from '@nestjs/core/helpers/external-context-creator.js';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SessionModule, type SessionModuleExtras } from 'nestjs-session-kit';
import { firstValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { CollectingLogger } from '../support/collecting-logger.js';
import { freePort } from '../support/redis-server.js';
import { SECRET } from '../support/test-app.js';
import {
  FieldHandlers,
  PublicResolverHandlers,
  PublicRpcHandlers,
  PublicWsHandlers,
  ran,
  ResolverHandlers,
  RpcDoors,
  RpcHandlers,
  WsDoors,
  WsHandlers,
} from './handlers.js';

/** Calls a handler by its name with a message. Rejects when it is refused. */
type Call = (name: string, message: object) => Promise<unknown>;

interface Running {
  readonly call: Call;
  readonly warnings: readonly string[];
}

let closing: (() => unknown)[] = [];

function root(handlers: Type, kind: 'controllers' | 'providers', extras: SessionModuleExtras) {
  class App {}
  const imports = [SessionModule.forRoot({ secret: SECRET, ...extras })];
  return { module: App, imports, [kind]: [handlers] };
}

function warningsOf(logger: CollectingLogger): string[] {
  const warned: string[] = [];
  logger.warn = (...parts: unknown[]) => void warned.push(String(parts[0]));
  return warned;
}

/** A WebSocket gateway, spoken to by a real socket. */
async function gateway(handlers: Type, extras: SessionModuleExtras): Promise<Running> {
  const logger = new CollectingLogger();
  const warnings = warningsOf(logger);
  const module = root(handlers, 'providers', extras);
  const app = await NestFactory.create(module, { logger, abortOnError: false });
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  closing.push(
    () => socket.terminate(),
    () => app.close(),
  );
  await once(socket, 'open');
  const call: Call = async (event, data) => {
    const answered = once(socket, 'message');
    socket.send(JSON.stringify({ event, data }));
    const [text] = (await answered) as [Buffer];
    // The adapter sends what a handler returns as it is, and an error as an event.
    const answer = JSON.parse(text.toString()) as { event?: string };
    if (answer.event === 'exception') throw new Error('refused');
    return answer;
  };
  return { call, warnings };
}

async function client(port: number): Promise<Call> {
  const proxy: ClientProxy = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  closing.push(() => proxy.close());
  await proxy.connect();
  return async (name, message) => {
    try {
      return await firstValueFrom(proxy.send<unknown>(name, message));
    } catch {
      throw new Error('refused');
    }
  };
}

/** Message patterns of an app that also serves HTTP. */
async function hybrid(
  handlers: Type,
  extras: SessionModuleExtras,
  inheritAppConfig = true,
): Promise<Running> {
  const logger = new CollectingLogger();
  const warnings = warningsOf(logger);
  const module = root(handlers, 'controllers', extras);
  const app = await NestFactory.create(module, { logger, abortOnError: false });
  const port = await freePort();
  app.connectMicroservice(
    { transport: Transport.TCP, options: { host: '127.0.0.1', port } },
    { inheritAppConfig },
  );
  closing.push(() => app.close());
  await app.startAllMicroservices();
  await app.init();
  return { call: await client(port), warnings };
}

/** Message patterns of an app that serves nothing else. */
async function microservice(handlers: Type, extras: SessionModuleExtras): Promise<Running> {
  const logger = new CollectingLogger();
  const warnings = warningsOf(logger);
  const port = await freePort();
  const app: INestMicroservice = await NestFactory.createMicroservice(
    root(handlers, 'controllers', extras),
    { logger, abortOnError: false, transport: Transport.TCP, options: { host: '127.0.0.1', port } },
  );
  closing.push(() => app.close());
  await app.listen();
  return { call: await client(port), warnings };
}

/** As @nestjs/graphql runs resolvers: with the parent object first, which may hold what a client wrote. */
async function resolvers(
  handlers: Type,
  extras: SessionModuleExtras,
  type = 'graphql',
): Promise<Running> {
  const logger = new CollectingLogger();
  const warnings = warningsOf(logger);
  const module = root(handlers, 'providers', extras);
  const app: INestApplicationContext = await NestFactory.create(module, {
    logger,
    abortOnError: false,
  });
  closing.push(() => app.close());
  await app.init();
  const creator = app.get(ExternalContextCreator);
  const instance = app.get<Record<string, () => unknown>>(handlers, { strict: false });
  const paramsFactory = { exchangeKeyForValue: (): undefined => undefined };
  const call: Call = (name, message) => {
    const method = instance[name] as () => unknown;
    const run = creator.create(
      instance,
      method,
      name,
      ROUTE_ARGS_METADATA,
      paramsFactory,
      undefined,
      undefined,
      undefined,
      type,
    );
    return run(message, {}, { req: message }, {}) as Promise<unknown>;
  };
  return { call, warnings };
}

/** What a client is told, or in GraphQL the error itself. */
const REFUSED = /^refused$|supports HTTP handlers only/;

/** What a client writes to be taken for somebody. */
const FORGED = {
  user: { id: 'admin', role: 'admin' },
  session: { user: { id: 'admin' } },
  rawHeaders: [],
  headers: {},
  method: 'GET',
};

beforeEach(() => {
  ran.length = 0;
});

afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

const CONTEXTS: [name: string, start: typeof gateway, closed: Type, open: Type][] = [
  ['a WebSocket gateway', gateway, WsHandlers, PublicWsHandlers],
  ['message patterns of a hybrid app', hybrid, RpcHandlers, PublicRpcHandlers],
  ['message patterns of a microservice', microservice, RpcHandlers, PublicRpcHandlers],
  ['GraphQL resolvers', resolvers, ResolverHandlers, PublicResolverHandlers],
];

describe.each(CONTEXTS)('globalGuards and %s', (_name, start, closed, open) => {
  it('refuses every handler that is not @Public()', async () => {
    const { call } = await start(closed, { globalGuards: true });
    for (const name of ['plain', 'roles', 'recent', 'limited']) {
      await expect(call(name, FORGED)).rejects.toThrow(REFUSED);
    }
    expect(ran).toEqual([]);
  });

  it('refuses what a method of a @Public() class asks for', async () => {
    const { call } = await start(open, { globalGuards: true });
    for (const name of ['roles', 'recent', 'limited']) {
      await expect(call(name, FORGED)).rejects.toThrow(REFUSED);
    }
    expect(ran).toEqual([]);
    expect(await call('plain', FORGED)).toBe('plain');
  });

  it('runs a @Public() handler without the user that the client wrote', async () => {
    const { call } = await start(closed, { globalGuards: true });
    expect(await call('user', FORGED)).toEqual({ user: 'nobody', id: 'nobody' });
  });

  it('gives a @Public() handler neither a session nor an exchange', async () => {
    const { call } = await start(closed, { globalGuards: true });
    await expect(call('session', FORGED)).rejects.toThrow(REFUSED);
    await expect(call('exchange', FORGED)).rejects.toThrow(REFUSED);
    expect(ran).toEqual([]);
  });

  it('without globalGuards @CurrentUser() is not the user that the client wrote either', async () => {
    const { call } = await start(closed, {});
    expect(await call('user', FORGED)).toEqual({ user: 'nobody', id: 'nobody' });
  });
});

describe('handlers that a package runs without naming their type, so that Nest calls them http', () => {
  it('get no user that the client wrote', async () => {
    const { call } = await resolvers(ResolverHandlers, {}, 'http');
    expect(await call('user', FORGED)).toEqual({ user: 'nobody', id: 'nobody' });
    await expect(call('session', FORGED)).rejects.toThrow(/request of an HTTP handler/);
    await expect(call('exchange', FORGED)).rejects.toThrow(/request of an HTTP handler/);
  });

  it('are refused with globalGuards', async () => {
    const { call } = await resolvers(ResolverHandlers, { globalGuards: true }, 'http');
    for (const name of ['plain', 'roles', 'recent', 'limited']) {
      await expect(call(name, FORGED)).rejects.toThrow(/request of an HTTP handler/);
    }
    expect(ran).toEqual([]);
  });
});

describe.each([
  ['a WebSocket gateway', gateway, WsDoors],
  ['message patterns', (handlers: Type) => hybrid(handlers, {}, false), RpcDoors],
] as const)('guards in @UseGuards() on %s', (_name, start, doors) => {
  it.each(['RolesGuard', 'RecentLoginGuard', 'RateLimitGuard', 'CsrfGuard', 'public class'])(
    '%s refuses',
    async (name) => {
      const { call } = await start(doors, {});
      await expect(call(name, FORGED)).rejects.toThrow('refused');
      expect(ran).toEqual([]);
    },
  );
});

const namesOf = (type: string): string =>
  ['plain', 'roles', 'recent'].map((name) => `${type}.${name}`).join(', ');

describe('at start, globalGuards', () => {
  it.each([
    ['a gateway, which Nest 11 does not guard', gateway, WsHandlers, namesOf('WsHandlers')],
    ['message patterns of a hybrid app', hybrid, RpcHandlers, namesOf('RpcHandlers')],
    ['field resolvers of GraphQL', resolvers, FieldHandlers, 'FieldHandlers.author'],
  ] as const)('warns of handlers of %s', async (_what, start, handlers, names) => {
    const { warnings } = await start(handlers, { globalGuards: true });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`globalGuards does not protect ${names}: `);
    expect(warnings[0]).toContain('give them @Public() and a guard of your own');
  });

  it.each([
    ['public resolvers', resolvers, PublicResolverHandlers, true],
    ['handlers with a guard of their own', gateway, WsDoors, true],
    ['a microservice, whose global guards run', microservice, RpcHandlers, true],
    ['an app without globalGuards', gateway, WsHandlers, false],
  ] as const)('says nothing of %s', async (_what, start, handlers, globalGuards) => {
    const { warnings } = await start(handlers, { globalGuards });
    expect(warnings).toEqual([]);
  });

  it('warns of a method that a public class does not open', async () => {
    const { warnings } = await gateway(PublicWsHandlers, { globalGuards: true });
    expect(warnings).toEqual([
      expect.stringContaining(
        'does not protect PublicWsHandlers.roles, PublicWsHandlers.recent: Nest 11',
      ),
    ]);
  });
});
