import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { type StockedRedis, stockedRedis } from '../../support/stocked-redis.js';
import { type Finished, runCli } from '../../support/shell.js';

let redis: TestRedis;
let stock: StockedRedis;

beforeAll(async () => {
  redis = await startRedis();
  stock = await stockedRedis(redis.connection);
});

afterAll(async () => {
  await stock.close();
  await redis.stop();
});

const list = (...args: string[]): Promise<Finished> =>
  runCli(['list', '--prefix', stock.keyPrefix, ...args], { env: redis.env });

describe('list', () => {
  it('shows the sessions of one user as a table, newest first', async () => {
    const nowMs = stock.clock.nowMs();
    const [older] = await stock.add(1, { userId: 'ada', createdAtMs: nowMs - 5000 });
    const [newer] = await stock.add(1, { userId: 'ada', transport: 'cookie' });
    await stock.add(1, { userId: 'bob' });

    const { exitCode, out, err } = await list('ada');

    const lines = out.trimEnd().split('\n');
    const created = `${new Date(nowMs - 5000).toISOString().slice(0, 19).replace('T', ' ')}Z`;
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^HANDLE +TRANSPORT +CREATED +LAST SEEN +EXPIRES +IP +LABEL +USER AGENT$/,
    );
    expect(lines[1]).toContain(`${newer?.handle}  cookie `);
    expect(lines[2]).toContain(`${older?.handle}  bearer     ${created}`);
    expect(lines[2]).toMatch(/192\.0\.2\.1 +Laptop +Browser\/1\.0 \(Öl; 油\)$/);
    expect([exitCode, err]).toEqual([0, '']);
  });

  it('prints the same as JSON, without the claims and data of the application', async () => {
    const [record] = await stock.add(1, { userId: 'json' });

    const { exitCode, out } = await list('json', '--json');

    const nowIso = new Date(stock.clock.nowMs()).toISOString();
    expect(JSON.parse(out)).toEqual([
      {
        handle: record?.handle,
        transport: 'bearer',
        createdAt: nowIso,
        lastSeenAt: nowIso,
        authenticatedAt: nowIso,
        expiresAt: new Date(stock.clock.nowMs() + 3_600_000).toISOString(),
        device: record?.device,
      },
    ]);
    expect(out).not.toMatch(/ada@example\.com|theme/);
    expect(exitCode).toBe(0);
  });

  it.each(['Ada Lovelace', '油 и Öl', '-7', "'; DROP", 'a\tb'])(
    'finds the user %j',
    async (userId) => {
      const [record] = await stock.add(1, { userId });
      const { exitCode, out } = await list('--json', '--', userId);
      expect(JSON.parse(out)).toMatchObject([{ handle: record?.handle }]);
      expect(exitCode).toBe(0);
    },
  );

  it('reports a user without sessions with 1, and prints an empty list as JSON', async () => {
    const { exitCode, out, err } = await list('unknown\u001B[2J', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toEqual([]);
    expect(err).toBe('user unknown\\u001b[2J has no sessions\n');
  });

  it('omits expired sessions that are not removed yet', async () => {
    // Written by a node whose clock is two hours behind, so Redis keeps the record after the session expires.
    stock.clock.advance(-7_200_000);
    await stock.add(1, { userId: 'late' });
    stock.clock.advance(7_200_000);
    expect(await stock.store.list('late')).toHaveLength(1);

    const { exitCode, err } = await list('late');
    expect([exitCode, err]).toEqual([1, 'user late has no sessions\n']);
  });

  it.each(['\u001B[31m', '\r\n', '\u009B2J', '\u202E', '\u2028', '\u0000'])(
    '16.4.1 escapes the control character %j of a stored value, in the table and in JSON',
    async (control) => {
      const userId = `hostile ${JSON.stringify(control)}`;
      await stock.add(1, {
        userId,
        device: { ip: `1${control}`, userAgent: `Browser${control}/1`, label: `x${control}` },
      });
      const code = control.charCodeAt(0);
      const shown = `u${code.toString(16).padStart(4, '0')}`;

      const table = await list(userId);
      expect(table.out.trimEnd().split('\n')).toHaveLength(2);
      expect(table.out).toContain(`\\${shown}`);
      expect(table.out).not.toContain(control);

      const json = await list(userId, '--json');
      expect(json.out).not.toContain(control);
      expect(JSON.parse(json.out)).toMatchObject([{ device: { label: `x${control}` } }]);
    },
  );

  it('shows the sessions of every application with the key prefix, whatever keys bind them', async () => {
    const userId = 'shared';
    await stock.add(1, { userId, handleMac: 'A'.repeat(22) });
    await stock.add(1, { userId, handleMac: 'B'.repeat(22) });
    const { exitCode, out } = await list(userId, '--json');
    expect([exitCode, JSON.parse(out)]).toEqual([0, [expect.anything(), expect.anything()]]);
  });

  it('truncates a long User-Agent to keep the row short', async () => {
    await stock.add(1, { userId: 'long', device: { userAgent: 'x'.repeat(5000) } });
    const { out } = await list('long');
    expect(out).toContain(`${'x'.repeat(99)}…\n`);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThan(300);
  });
});
