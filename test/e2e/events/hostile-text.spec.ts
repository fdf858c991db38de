import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Logger } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import {
  Clock,
  memoryBackend,
  SessionConfigError,
  SessionEvents,
  type SessionModuleExtras,
  type SessionModuleOptions,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { RateLimiter } from '../../../lib/rate-limit/rate-limiter.js';
import { RevocationReader } from '../../../lib/backends/redis/revocation-reader.js';
import { RevocationReadLoop } from '../../../lib/store/log/revocation-read-loop.js';
import { runCli } from '../../support/shell.js';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { eventually } from '../../support/eventually.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { emptyWindow } from '../../unit/fixtures.js';

/** A forged line, a sequence that clears the screen, and a control that reverses the direction of text. */
const HOSTILE = 'x\r\nERROR forged line\u001b[2J\u009b31m\u202e\u2066\u2028';
const SHOWN = String.raw`x\u000d\u000aERROR forged line\u001b[2J\u009b31m\u202e\u2066\u2028`;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

let logger: CollectingLogger;
let app: TestApp | undefined;

beforeEach(() => {
  logger = new CollectingLogger();
  Logger.overrideLogger(logger);
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  Logger.overrideLogger(false);
});

async function appWith(
  options: Partial<SessionModuleOptions> & SessionModuleExtras,
  providers: Parameters<typeof startApp>[0] = {},
): Promise<TestApp> {
  app = await startApp({
    ...providers,
    options: { audit: false, ...options },
    configure: (starting) => starting.useLogger(logger),
  });
  return app;
}

/** Returns the number of lines that show the escaped text, and the lines with control characters. */
function logged(): { shown: number; unsafe: string[] } {
  return {
    shown: logger.lines.filter((line) => line.includes(SHOWN)).length,
    unsafe: logger.lines.filter((line) => UNSAFE.test(line)),
  };
}

const ESCAPED = { shown: 1, unsafe: [] };

describe('the log escapes hostile text on one line', () => {
  it('when an event listener throws it', async () => {
    const { get } = await appWith({});
    get(SessionEvents).on(() => {
      throw new Error(HOSTILE);
    });
    await get(SessionService).create({ transport: 'cookie', userId: 'ada' });
    expect(logged()).toEqual(ESCAPED);
  });

  it('when claimsFor throws it', async () => {
    const { get } = await appWith({
      claimsFor: async () => {
        throw new Error(HOSTILE);
      },
    });
    const opened = await get(SessionService).create({ transport: 'bearer', userId: 'ada' });
    const { refreshToken } = opened.tokens;
    const tokens = get(TokenService);
    await expect(tokens.refresh(refreshToken)).rejects.toThrow('Session store unavailable');
    expect(logged()).toEqual(ESCAPED);
  });

  it('when a store throws it, in the event as well', async () => {
    const backend = memoryBackend({ clock: new Clock(), maxSessions: 10 });
    backend.store.list = () => Promise.reject(new Error(HOSTILE));
    const { get } = await appWith({ store: backend });
    const reasons: string[] = [];
    get(SessionEvents).on((event) => {
      if (event.type === 'store.unavailable') reasons.push(event.reason);
    });
    await expect(get(SessionService).list('ada')).rejects.toThrow('Session store unavailable');
    expect(logged()).toEqual(ESCAPED);
    expect(reasons).toEqual([SHOWN]);
  });

  it('when the rate limit counter throws it', async () => {
    const counts = { count: () => Promise.reject(new Error(HOSTILE)) };
    const policy = { name: 'default', limit: 1, windowSeconds: 1 };
    await new RateLimiter(counts, 'sk:', new Clock()).consume(policy, 'ip:192.0.2.1');
    expect(logged()).toEqual(ESCAPED);
  });

  it('when the revocation log throws it', async () => {
    const reader = Object.assign(new EventEmitter(), {
      disconnect: () => undefined,
      pipeline: (): never => {
        throw new Error(HOSTILE);
      },
    });
    const parts = {
      client: reader,
      key: 'sk:revocations',
      blockMs: 1,
      createStream: async () => undefined,
      raiseEpoch: async () => 0,
    };
    const stream = new RevocationReadLoop(new RevocationReader(parts, emptyWindow()));
    await eventually(
      () => logger.lines.length,
      (count) => count > 0,
    );
    await stream.close();
    expect(logged()).toEqual(ESCAPED);
  });

  it('when it is the name of a global guard of the application', async () => {
    const Guard = {
      [HOSTILE]: class implements CanActivate {
        canActivate = (): boolean => true;
      },
    }[HOSTILE];
    const providers = [{ provide: APP_GUARD, useClass: Guard }];
    await appWith({ globalGuards: true }, { providers });
    expect(logged()).toEqual(ESCAPED);
  });

  it('when it is the name of an option in the start-up error', async () => {
    const options = { [HOSTILE]: 1, tokens: { keys: [{ [HOSTILE]: 1 }] } };
    const refused = await appWith(options as never).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SessionConfigError);
    const { message } = refused as SessionConfigError;
    expect(message.split(SHOWN)).toHaveLength(3);
    expect(message.replaceAll('\n', '')).not.toMatch(UNSAFE);
  });
});

describe('a server that answers every command with hostile text', () => {
  // An error of Redis ends at the first line break.
  const ANSWER = HOSTILE.replace('\r\n', '');
  const sockets: Socket[] = [];
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        const commands = data.toString().match(/^\*\d+\r$/gm) ?? [];
        for (const _ of commands) socket.write(`-ERR ${ANSWER}\r\n`);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it('fails the start with an error of escaped lines', async () => {
    const refused = await appWith({ redis: { url } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SessionConfigError);
    const { message } = refused as SessionConfigError;
    expect(message).toContain('\\u001b[2J');
    expect(message.replaceAll('\n', '')).not.toMatch(UNSAFE);
  });

  it.each([[['stats']], [['list', 'ada', '--json']], [['revoke-everyone', '--yes']]])(
    'causes escaped output of the command %j',
    async (argv) => {
      const { exitCode, all } = await runCli(argv, { env: { REDIS_URL: url } });
      expect(exitCode).toBe(3);
      expect(all).toContain('\\u001b[2J');
      expect(all.replaceAll('\n', '')).not.toMatch(UNSAFE);
    },
  );
});

describe('errors do not contain the password of redis.url or a part of it', () => {
  const PIECES = /hunter|2secret|tail/;

  it.each([
    'redis://:hunter@2secret/tail@127.0.0.1:1',
    'redis://:hunter/2secret@127.0.0.1:1',
    'redis://user:hunter@2secret/tail@127.0.0.1:1/0',
    'redis://:hunter@2secret?tail@127.0.0.1:1',
    'redis://:hunter@2secret#tail@127.0.0.1:1',
    'redis://:hunter%zz2secret@127.0.0.1:1',
    'redis://user:1/2secret@127.0.0.1:1',
    "redis://:hunter'2secret@127.0.0.1:1",
    'redis://:hunter"2secret@127.0.0.1:1',
    'redis://:hunter 2secret@127.0.0.1:1',
  ])('%j', async (url) => {
    const refused = await appWith({ redis: { url } }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SessionConfigError);
    expect((refused as Error).message).not.toMatch(PIECES);
    expect(logger.text).not.toMatch(PIECES);
    for (const given of [
      { argv: ['stats', '--redis', url] },
      { argv: ['stats'], env: { REDIS_URL: url } },
      { argv: ['stats', `--redi=${url}`] },
      { argv: ['stats', `--redi="${url}"`] },
    ]) {
      const { exitCode, all } = await runCli(given.argv, given);
      expect(exitCode).toBeGreaterThan(1);
      expect(all).not.toMatch(PIECES);
    }
  });
});
