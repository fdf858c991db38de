import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import {
  memoryBackend,
  type RedisConnection,
  type Session,
  type SessionModuleOptions,
  type SessionOptions,
  SessionService,
  type StoreBackend,
  TokenService,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { startRedis } from './redis/redis-server.js';
import { startApp, type TestApp, type TestAppSetup } from './test-app.js';

/** One of several instances of an application that share their sessions. */
export interface Node {
  readonly app: TestApp;
  readonly sessions: SessionService;
  readonly tokens: TokenService;
}

export interface Nodes {
  readonly all: readonly Node[];
  readonly clock: FakeClock;
  close(): Promise<void>;
}

type StoreFactory = Extract<SessionModuleOptions['store'], (...args: never[]) => unknown>;

export interface NodesSetup extends Omit<TestAppSetup, 'adapter' | 'options'> {
  readonly options?: SessionOptions;
  /** The store of each node: connections to one Redis, or one store. One entry for each node. */
  readonly stores: readonly (RedisConnection | StoreBackend | StoreFactory)[];
}

/** Starts instances of one application, each with services and a connection of its own. */
export async function startNodes({ stores, options, ...setup }: NodesSetup): Promise<Nodes> {
  const { clock = new FakeClock() } = setup;
  const keyPrefix = `sk-${randomUUID()}:`;
  const all = await Promise.all(
    stores.map(async (store): Promise<Node> => {
      const revocation = { check: 'store', ...options?.revocation } as const;
      const isStore = typeof store === 'function' || 'store' in store;
      const place = isStore ? { store, revocation } : { redis: store };
      const app = await startApp({ ...setup, clock, options: { ...options, keyPrefix, ...place } });
      return { app, sessions: app.get(SessionService), tokens: app.get(TokenService) };
    }),
  );
  return {
    all,
    clock,
    close: async () => void (await Promise.all(all.map(({ app }) => app.close()))),
  };
}

/** The stores that several instances can share, for `describe.each(SHARED)('on one %s', ...)`. */
export const SHARED = ['memory store', 'Redis'] as const;

/**
 * Runs two nodes for the tests of the surrounding `describe`. With Redis each has a connection of
 * its own.
 */
export function useTwoNodes(
  shared: (typeof SHARED)[number],
  setup: Omit<NodesSetup, 'stores'> = {},
): Nodes {
  const nodes = {} as { -readonly [Name in keyof Nodes]: Nodes[Name] };
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const clock = setup.clock ?? new FakeClock();
    if (shared === 'Redis') {
      const redis = await startRedis();
      ({ stop } = redis);
      const stores = [redis.connection, redis.connection];
      Object.assign(nodes, await startNodes({ ...setup, clock, stores }));
    } else {
      const store = memoryBackend({ clock, maxSessions: 10_000 });
      Object.assign(nodes, await startNodes({ ...setup, clock, stores: [store, store] }));
    }
  });

  afterAll(async () => {
    await nodes.close?.();
    await stop?.();
  });

  return nodes;
}

/** A session with a token pair, as after a login. */
export interface Opened {
  readonly session: Session;
  readonly handle: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export async function open({ sessions }: Node, userId: string = randomUUID()): Promise<Opened> {
  const claims = { role: 'user' };
  const { session, tokens } = await sessions.create({ transport: 'bearer', userId, claims });
  return { session, handle: session.handle, ...tokens };
}

/** Claims of a token, unverified. */
export function claimsOf(token: string): { jti: string; gen: number; exp: number; role?: string } {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
}

/**
 * The code of the SessionError with which a promise was rejected, 'done' if it resolved. Throws all
 * other errors.
 */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string') return code;
    throw error;
  }
}
