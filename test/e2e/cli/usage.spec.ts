import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCli } from '../../support/shell.js';

const HANDLE = 'abc.AAAAAAAAAAAAAAAAAAAAAA';
const PASSWORD = 'hunter2';

/** Takes the place of Redis and counts connections. */
let server: Server;
let connections = 0;
let url: string;

beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `redis://:${PASSWORD}@127.0.0.1:${(server.address() as { port: number }).port}`;
});

afterAll(() => new Promise((closed) => server.close(closed)));

describe('wrong usage exits with 2 and a message before it connects to Redis', () => {
  it.each([
    [['revoke', '*'], 'not a handle'],
    [['revoke', '../'], 'not a handle'],
    [['revoke', ''], 'not a handle'],
    [['revoke', `${HANDLE}*`], 'not a handle'],
    [['revoke', `${HANDLE}\n`], 'not a handle'],
    [['revoke', HANDLE.replace(/A$/, 'B')], 'not a handle'],
    [['list', ''], 'userId must have 1 to 255 characters'],
    [['list', 'x'.repeat(256)], 'userId must have 1 to 255 characters'],
    [['revoke-user', '', '--yes'], 'userId must have 1 to 255 characters'],
    [['list'], "missing required argument 'userId'"],
    [['list', 'ada', 'bob'], 'too many arguments'],
    [['stats', 'ada'], 'too many arguments'],
    [['lst', 'ada'], "unknown command 'lst'\n(Did you mean list?)"],
    [[], 'Usage: nestjs-session-kit'],
    [['stats', '--force'], "unknown option '--force'"],
    [['stats', '--redis'], "option '--redis <url>' argument missing"],
    [['stats', '--prefix', 'a{b}'], '--prefix must be 1 to 64 characters'],
    [['stats', '--prefix', ''], '--prefix must be 1 to 64 characters'],
    [['revoke-everyone'], 'pass --yes'],
  ])('refuses %j with "%s"', async (argv, message) => {
    const { exitCode, out, err } = await runCli(argv, { env: { REDIS_URL: url } });
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(connections).toBe(0);
  });

  it.each([
    [`http://:${PASSWORD}@localhost`],
    [`localhost:6379,${PASSWORD}`],
    [`redis://:x/${PASSWORD}@localhost:6379`],
    [`redis://user:12/${PASSWORD}@localhost:6379`],
    [`redis://:${PASSWORD}@`],
    ['redis:'],
  ])('refuses the URL %j without repeating it', async (wrong) => {
    for (const given of [{ argv: ['--redis', wrong] }, { argv: [], env: { REDIS_URL: wrong } }]) {
      const { exitCode, all } = await runCli(['stats', ...given.argv], given);
      expect(exitCode).toBe(2);
      expect(all).toContain('must be a URL such as redis://user:password@host:6379/0');
      expect(all).not.toContain(PASSWORD);
    }
  });

  it.each(['localhost', 'localhost:', ':7000', 'a:1,,b:2', 'a:1 b:2', `:${PASSWORD}@a:1`])(
    'refuses the nodes %j without repeating them',
    async (wrong) => {
      const { exitCode, all } = await runCli(['stats', '--cluster', wrong]);
      expect(exitCode).toBe(2);
      expect(all).toContain('--cluster must be a list such as host:port,host:port');
      expect(all).not.toContain(PASSWORD);
    },
  );

  it.each([
    ['no Redis', [], {}, 'set REDIS_URL or REDIS_CLUSTER'],
    ['empty variables', [], { REDIS_URL: '', REDIS_CLUSTER: '' }, 'set REDIS_URL'],
    [
      'two targets in the environment',
      [],
      { REDIS_URL: `redis://:${PASSWORD}@a`, REDIS_CLUSTER: 'b:1' },
      'are both set',
    ],
    [
      'two targets in the options',
      ['--redis', 'redis://a', '--cluster', 'b:1'],
      {},
      'are mutually exclusive',
    ],
  ])('refuses %s', async (_, argv, env, message) => {
    const { exitCode, all } = await runCli(['stats', ...argv], { env });
    expect(exitCode).toBe(2);
    expect(all).toContain(message);
    expect(all).not.toContain(PASSWORD);
  });

  it('repeats a mistyped option without its password and on escaped lines', async () => {
    const { exitCode, err } = await runCli(['stats', `--redi=redis://:${PASSWORD}@a\u001B[2J`]);
    expect(exitCode).toBe(2);
    expect(err).toBe("error: unknown option '--redi=redis://***@a\\u001b[2J'\n");
  });
});

describe('help', () => {
  it.each([[['--help']], [['help']], [['revoke', '--help']]])(
    'exits with 0 for %j',
    async (argv) => {
      const { exitCode, out, err } = await runCli(argv);
      expect([exitCode, err]).toEqual([0, '']);
      expect(out).toContain('--redis <url>');
    },
  );
});
