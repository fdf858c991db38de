import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';
import { type StockedRedis, stockedRedis } from '../../support/stocked-redis.js';
import { runCli } from '../../support/shell.js';

const PASSWORD = 'hunter2-is-secret';
const SESSIONS = 1500;
/** A SCAN that continues from the cursor of an earlier one. */
const SECOND_SCAN = /scan\r\n\$\d+\r\n[1-9]/i;

describe('a failure of Redis during a command', () => {
  let redis: OwnRedis;
  let proxy: TcpProxy;
  let stock: StockedRedis;

  beforeAll(async () => {
    redis = await startOwnRedis();
    proxy = await startTcpProxy({ host: '127.0.0.1', port: redis.port });
  });

  afterAll(async () => {
    await proxy.close();
    await redis.stop();
  });

  it.each([
    [['revoke-everyone', '--yes'], 'revoked'],
    [['stats'], 'sessions'],
    [['sweep'], 'scannedKeys'],
  ])('makes %j exit with 3 and report its progress', async (argv, figure) => {
    stock = await stockedRedis(redis.connection);
    await stock.add(SESSIONS);
    const lost = proxy.loseAnswerTo(SECOND_SCAN, 'reset');

    const { exitCode, out, err } = await runCli([...argv, '--json', '--prefix', stock.keyPrefix], {
      env: { REDIS_URL: `redis://127.0.0.1:${proxy.port}` },
    });

    await lost;
    const done = JSON.parse(out) as Record<string, number | string>;
    expect(exitCode).toBe(3);
    expect(done['error']).toContain(
      `Redis at 127.0.0.1:${proxy.port} failed before the command completed: `,
    );
    expect(err).toContain('The completed steps remain in effect');
    expect(done[figure]).toBeGreaterThan(0);
    expect(done[figure]).toBeLessThan(SESSIONS);
    const records = await redis.client().keys(`${stock.keyPrefix}*:s:*`);
    expect(records).toHaveLength(SESSIONS - Number(done['revoked'] ?? 0));
    await stock.close();
  });

  it('shows the figures and the address in plain text when the server is killed', async () => {
    const doomed = await startOwnRedis();
    stock = await stockedRedis(doomed.connection);
    await stock.add(5000);
    await stock.close();

    const { exitCode, out, err } = await runCli(
      ['revoke-everyone', '--yes', '--prefix', stock.keyPrefix],
      { env: { REDIS_URL: doomed.url }, onErr: () => doomed.signal('SIGKILL') },
    );

    expect(exitCode).toBe(3);
    expect(Number(/^(\d+) sessions ended\n$/.exec(out)?.[1])).toBeLessThan(5000);
    expect(err).toContain(
      `Redis at 127.0.0.1:${doomed.port} failed before the command completed: `,
    );
    await doomed.stop();
  });
});

describe('an unreachable Redis', () => {
  it.each([
    ['URL', (port: number) => ['--redis', `redis://u:${PASSWORD}@127.0.0.1:${port}/0`]],
    ['node', (port: number) => ['--cluster', `127.0.0.1:${port}`]],
  ])('given by %s exits with 3, the address and the reason', async (_, where) => {
    const port = await freePort();
    for (const argv of [['list', 'ada'], ['stats'], ['revoke-everyone', '--yes']]) {
      const { exitCode, out, err } = await runCli([...argv, ...where(port)]);
      expect([exitCode, out]).toEqual([3, '']);
      expect(err).toMatch(new RegExp(`at 127\\.0\\.0\\.1:${port}(/0)? failed: \\S+`));
      expect(err).not.toContain(PASSWORD);
      expect(err).not.toContain('in memory');
    }
  });
});

describe('a Redis with a password', () => {
  let redis: OwnRedis;
  const at = (password: string): string => `redis://:${password}@127.0.0.1:${redis.port}`;

  beforeAll(async () => {
    redis = await startOwnRedis('--requirepass', PASSWORD);
  });

  afterAll(() => redis.stop());

  it('accepts the password from the environment or the option', async () => {
    const url = at(PASSWORD);
    for (const given of [{ argv: ['--redis', url] }, { argv: [], env: { REDIS_URL: url } }]) {
      const { exitCode, all } = await runCli(['stats', ...given.argv], given);
      expect(exitCode).toBe(0);
      expect(all).not.toContain(PASSWORD);
    }
  });

  it('refuses a wrong password with 3 and the reason, and shows neither password', async () => {
    const { exitCode, err } = await runCli(['stats'], { env: { REDIS_URL: at('wrong-one') } });
    expect(exitCode).toBe(3);
    expect(err).toMatch(new RegExp(`^Redis at 127\\.0\\.0\\.1:${redis.port} failed: WRONGPASS `));
    expect(err).not.toMatch(/wrong-one|hunter2/);
  });

  it('does not show the password in a question or in a failure during a command', async () => {
    const stock = await stockedRedis({ url: at(PASSWORD) });
    await stock.add(3000);
    await stock.close();
    const asked = await runCli(['revoke-everyone', '--prefix', stock.keyPrefix], {
      env: { REDIS_URL: at(PASSWORD) },
      answer: 'no',
    });
    expect(asked.questions).toHaveLength(1);

    const killed = await runCli(['revoke-everyone', '--yes', '--prefix', stock.keyPrefix], {
      env: { REDIS_URL: at(PASSWORD) },
      onErr: () => redis.signal('SIGKILL'),
    });
    expect(killed.exitCode).toBe(3);
    expect(asked.all + asked.questions.join('') + killed.all).not.toContain(PASSWORD);
  });
});
