import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { redisTarget } from '../../../lib/cli/redis-target.js';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { type StockedRedis, stockedRedis } from '../../support/stocked-redis.js';
import { type Finished, type Shell, runCli } from '../../support/shell.js';

const CLEAR_LINE = '\r\u001B[K';

let redis: TestRedis;
let stock: StockedRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

beforeEach(async () => {
  await stock?.close();
  stock = await stockedRedis(redis.connection);
});

afterAll(() => stock.close());

const kit = (argv: string[], shell: Shell = {}): Promise<Finished> =>
  runCli(['--prefix', stock.keyPrefix, ...argv], { env: redis.env, ...shell });

async function left(userId: string): Promise<number> {
  return (await stock.store.list(userId)).length;
}

describe('revoke', () => {
  it('ends the given session without a confirmation', async () => {
    const [first] = await stock.add(2, { userId: 'ada' });
    const { exitCode, out, err } = await kit(['revoke', first?.handle ?? '']);
    expect([exitCode, out, err]).toEqual([0, `session ${first?.handle} has ended\n`, '']);
    expect(await stock.store.read(first?.handle ?? '')).toBeNull();
    expect(await left('ada')).toBe(1);
  });

  it('reports in JSON whether the session existed', async () => {
    const [record] = await stock.add(1);
    const handle = record?.handle ?? '';
    const first = await kit(['revoke', handle, '--json']);
    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.out)).toEqual({ handle, revoked: true });

    const again = await kit(['revoke', handle, '--json']);
    expect(again.exitCode).toBe(1);
    expect(JSON.parse(again.out)).toEqual({ handle, revoked: false });
    expect(again.err).toBe(`there is no session ${handle}\n`);
  });

  it.each([
    ['before', (handle: string) => ['revoke', handle, '--json']],
    ['after', (handle: string) => ['revoke', '--json', handle]],
    ['after two dashes and', (handle: string) => ['revoke', '--json', '--', handle]],
  ])('accepts a handle that begins with a dash %s an option', async (_, argv) => {
    // The tag of this user, which is a digest, begins with a dash.
    const [record] = await stock.add(1, { userId: 'user-70' });
    const handle = record?.handle ?? '';
    expect(handle).toMatch(/^-/);
    const { exitCode, out } = await kit(argv(handle));
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({ handle, revoked: true });
  });
});

describe('revoke-user', () => {
  it('shows the number of sessions and ends them after a yes', async () => {
    await stock.add(3, { userId: 'Ada L.' });
    await stock.add(1, { userId: 'bob' });
    const { exitCode, out, questions } = await kit(['revoke-user', 'Ada L.'], { answer: ' Yes ' });
    expect(questions).toEqual([
      'User Ada L. has 3 sessions and will be logged out everywhere. Type yes to continue: ',
    ]);
    expect([exitCode, out]).toEqual([0, '3 sessions of user Ada L. ended\n']);
    expect([await left('Ada L.'), await left('bob')]).toEqual([0, 1]);
  });

  it('does not ask with --yes', async () => {
    await stock.add(1, { userId: 'ada' });
    const { exitCode, out, questions } = await kit(['revoke-user', 'ada', '--yes', '--json'], {
      answer: 'no',
    });
    expect([exitCode, questions]).toEqual([0, []]);
    expect(JSON.parse(out)).toEqual({ userId: 'ada', revoked: 1 });
    expect(await left('ada')).toBe(0);
  });

  it('reports a user without sessions with 1 and does not ask', async () => {
    const { exitCode, err, questions } = await kit(['revoke-user', 'unknown'], { answer: 'yes' });
    expect([exitCode, err, questions]).toEqual([1, 'user unknown has no sessions\n', []]);
  });

  it('16.4.1 shows the controls of a user id escaped, in the question and in the result', async () => {
    const userId = 'ada\n\u001B[2J\u202E';
    const shown = String.raw`ada\u000a\u001b[2J\u202e`;
    await stock.add(1, { userId });
    const { out, questions } = await kit(['revoke-user', userId], { answer: 'yes' });
    expect(questions).toEqual([
      `User ${shown} has 1 session and will be logged out everywhere. Type yes to continue: `,
    ]);
    expect(out).toBe(`1 session of user ${shown} ended\n`);
    expect((await kit(['list', userId])).err).toBe(`user ${shown} has no sessions\n`);
  });
});

describe('revoke-everyone', () => {
  it('ends every session of this prefix and no other', async () => {
    const other = await stockedRedis(redis.connection);
    await other.add(1, { userId: 'theirs' });
    await stock.add(2, { userId: 'ada' });
    await stock.add(1500);

    const { exitCode, out, questions } = await kit(['revoke-everyone'], { answer: 'yes' });

    expect(questions).toEqual([
      `Every session under ${stock.keyPrefix} in ${redisTarget({}, redis.env).address} will end, and every user has to log in again. Type yes to continue: `,
    ]);
    expect([exitCode, out]).toEqual([0, '1502 sessions ended\n']);
    const left = (await redis.client().keys(`${stock.keyPrefix}*`)).toSorted();
    expect(left.map((key) => key.split(':').at(-1))).toEqual(['revocations', 'epoch']);
    expect(await other.store.list('theirs')).toHaveLength(1);
    await other.close();
  });

  it('exits with 1 when the prefix has no sessions, because it may be the wrong one', async () => {
    const { exitCode, out, err } = await kit(['revoke-everyone', '--yes', '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toEqual({ revoked: 0 });
    expect(err).toContain(`no sessions under ${stock.keyPrefix}; check that --prefix`);
  });

  it('16.4.1 shows the controls of a prefix escaped', async () => {
    const { err } = await kit(['revoke-everyone', '--yes', '--prefix', 'unused\u001B[2J']);
    expect(err).toMatch(/^there are no sessions under unused\\u001b\[2J;/);
  });

  it('draws and clears a progress bar if standard error is a terminal', async () => {
    await stock.add(1500);
    const drawn: string[] = [];
    const { out } = await kit(['revoke-everyone', '--yes', '--json'], {
      onErr: (text) => drawn.push(text),
    });
    expect(drawn.length).toBeGreaterThan(2);
    expect(drawn[0]?.replace(CLEAR_LINE, '')).toMatch(/^\[#+-+\] +\d+% of \d{4} keys$/);
    expect(drawn.at(-1)).toBe(CLEAR_LINE);
    expect(JSON.parse(out)).toEqual({ revoked: 1500 });
  });

  it('does not draw a progress bar into a file', async () => {
    await stock.add(1500);
    const { err } = await kit(['revoke-everyone', '--yes']);
    expect(err).toBe('');
  });
});

describe.each([['revoke-user', 'ada'], ['revoke-everyone']])('%s %s', (...argv) => {
  it.each(['', 'no', 'y', 'yes please'])('ends no session after the answer %j', async (answer) => {
    await stock.add(1, { userId: 'ada' });
    const { exitCode, out, err } = await kit(argv, { answer });
    expect([exitCode, out, err]).toEqual([2, '', 'not confirmed, nothing was done\n']);
    expect(await left('ada')).toBe(1);
  });

  it('refuses to run without a terminal and without --yes, and names --yes', async () => {
    await stock.add(1, { userId: 'ada' });
    const { exitCode, out, err } = await kit(argv);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain('there is no terminal; pass --yes');
    expect(await left('ada')).toBe(1);
  });
});
