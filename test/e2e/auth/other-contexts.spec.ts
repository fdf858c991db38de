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
import { CollectingLogger } from '../../support/collecting-logger.js';
import { freePort } from '../../support/redis/redis-server.js';
import { SECRET } from '../../support/test-app.js';
import {
  AuthenticatedResolverHandlers,
  AuthenticatedRpcHandlers,
  AuthenticatedWsHandlers,
  FieldHandlers,
  GuardedWsHandlers,
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

/** Calls a handler by name with a message. Rejects if the message is refused. */
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

/** Starts a WebSocket gateway and connects a real socket. */
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
    // The adapter sends the result of a handler unchanged, and an error as an event.
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

/** Starts message patterns of an application that also serves HTTP. */
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

/** Starts message patterns of an application that serves nothing else. */
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

/** Runs resolvers as @nestjs/graphql does: the first argument is the parent object, which may contain client input. */
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

/** The message to the client, or in GraphQL the error itself. */
const REFUSED = /^refused$|supports HTTP handlers only/;

/** A message in which a client forges a user and a session. */
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
  ['message patterns of a hybrid application', hybrid, RpcHandlers, PublicRpcHandlers],
  ['message patterns of a microservice', microservice, RpcHandlers, PublicRpcHandlers],
  ['GraphQL resolvers', resolvers, ResolverHandlers, PublicResolverHandlers],
];

describe.each(CONTEXTS)('globalGuards on %s', (_name, start, closed, open) => {
  it('refuse every handler that is not @Public()', async () => {
    const { call } = await start(closed, { globalGuards: true });
    for (const name of ['plain', 'roles', 'recent', 'limited']) {
      await expect(call(name, FORGED)).rejects.toThrow(REFUSED);
    }
    expect(ran).toEqual([]);
  });

  it('refuse handlers of a @Public() class with requirements of their own', async () => {
    const { call } = await start(open, { globalGuards: true });
    for (const name of ['roles', 'recent', 'limited']) {
      await expect(call(name, FORGED)).rejects.toThrow(REFUSED);
    }
    expect(ran).toEqual([]);
    expect(await call('plain', FORGED)).toBe('plain');
  });

  it('run a @Public() handler without the forged user', async () => {
    const { call } = await start(closed, { globalGuards: true });
    expect(await call('user', FORGED)).toEqual({ user: 'anonymous', id: 'anonymous' });
  });

  it('inject neither a session nor an exchange into a @Public() handler', async () => {
    const { call } = await start(closed, { globalGuards: true });
    await expect(call('session', FORGED)).rejects.toThrow(REFUSED);
    await expect(call('exchange', FORGED)).rejects.toThrow(REFUSED);
    expect(ran).toEqual([]);
  });

  it('are not needed to keep the forged user out of @CurrentUser()', async () => {
    const { call } = await start(closed, {});
    expect(await call('user', FORGED)).toEqual({ user: 'anonymous', id: 'anonymous' });
  });
});

describe('handlers that another package runs without a type, which Nest takes for HTTP', () => {
  it('do not receive the forged user', async () => {
    const { call } = await resolvers(ResolverHandlers, {}, 'http');
    expect(await call('user', FORGED)).toEqual({ user: 'anonymous', id: 'anonymous' });
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
    'refuse the message (%s)',
    async (name) => {
      const { call } = await start(doors, {});
      await expect(call(name, FORGED)).rejects.toThrow('refused');
      expect(ran).toEqual([]);
    },
  );
});

describe.each([
  ['a WebSocket gateway', gateway, AuthenticatedWsHandlers],
  ['message patterns', (handlers: Type) => hybrid(handlers, {}, false), AuthenticatedRpcHandlers],
  ['GraphQL resolvers', resolvers, AuthenticatedResolverHandlers],
] as const)('SessionGuard in @UseGuards() on %s', (_name, start, handlers) => {
  it('refuses a handler that is not @Public()', async () => {
    const { call } = await start(handlers, {});
    await expect(call('plain', FORGED)).rejects.toThrow(REFUSED);
    expect(ran).toEqual([]);
  });
});

const namesOf = (type: string): string =>
  ['plain', 'roles', 'recent'].map((name) => `${type}.${name}`).join(', ');

describe('the start-up check of globalGuards', () => {
  it.each([
    ['a gateway, which Nest 11 does not guard', gateway, WsHandlers, namesOf('WsHandlers')],
    ['message patterns of a hybrid application', hybrid, RpcHandlers, namesOf('RpcHandlers')],
    [
      'fields and references of GraphQL',
      resolvers,
      FieldHandlers,
      'FieldHandlers.author, FieldHandlers.reference',
    ],
    [
      'a gateway whose only guards may not authenticate',
      gateway,
      GuardedWsHandlers,
      'GuardedWsHandlers.counted, GuardedWsHandlers.countedByInstance',
    ],
  ] as const)('warns about handlers of %s', async (_what, start, handlers, names) => {
    const { warnings } = await start(handlers, { globalGuards: true });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`globalGuards does not protect ${names}: `);
    expect(warnings[0]).toContain('give them @Public() and a guard of your own');
  });

  it.each([
    ['public resolvers', resolvers, PublicResolverHandlers, true],
    ['handlers with guards of the kit', gateway, AuthenticatedWsHandlers, true],
    ['a microservice, whose global guards run', microservice, RpcHandlers, true],
    ['an application without globalGuards', gateway, WsHandlers, false],
  ] as const)('does not warn about %s', async (_what, start, handlers, globalGuards) => {
    const { warnings } = await start(handlers, { globalGuards });
    expect(warnings).toEqual([]);
  });

  it('warns about methods with requirements in a public class', async () => {
    const { warnings } = await gateway(PublicWsHandlers, { globalGuards: true });
    expect(warnings).toEqual([
      expect.stringContaining(
        'does not protect PublicWsHandlers.roles, PublicWsHandlers.recent: Nest 11',
      ),
    ]);
  });
});
