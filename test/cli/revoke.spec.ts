import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { redisTarget } from '../../lib/cli/redis-target.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';
import { type StockedRedis, stockedRedis } from './stocked-redis.js';
import { type Finished, type Shell, type } from './shell.js';

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
  type(['--prefix', stock.keyPrefix, ...argv], { env: redis.env, ...shell });

async function left(userId: string): Promise<number> {
  return (await stock.store.list(userId)).length;
}

describe('revoke', () => {
  it('ends the one session, without asking', async () => {
    const [first] = await stock.add(2, { userId: 'ada' });
    const { exitCode, out, err } = await kit(['revoke', first?.handle ?? '']);
    expect([exitCode, out, err]).toEqual([0, `session ${first?.handle} has ended\n`, '']);
    expect(await stock.store.read(first?.handle ?? '')).toBeNull();
    expect(await left('ada')).toBe(1);
  });

  it('tells machines in JSON whether there was one', async () => {
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
    ['behind two dashes', (handle: string) => ['revoke', '--json', '--', handle]],
  ])('takes a handle that begins with a dash %s an option', async (_, argv) => {
    // Of this user the tag, which is a digest, begins so.
    const [record] = await stock.add(1, { userId: 'user-70' });
    const handle = record?.handle ?? '';
    expect(handle).toMatch(/^-/);
    const { exitCode, out } = await kit(argv(handle));
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toEqual({ handle, revoked: true });
  });
});

describe('revoke-user', () => {
  it('says how many there are and ends them after a yes', async () => {
    await stock.add(3, { userId: 'Ada L.' });
    await stock.add(1, { userId: 'bob' });
    const { exitCode, out, questions } = await kit(['revoke-user', 'Ada L.'], { answer: ' Yes ' });
    expect(questions).toEqual([
      'User Ada L. has 3 sessions and will be logged out everywhere. Type yes to go on: ',
    ]);
    expect([exitCode, out]).toEqual([0, '3 sessions of user Ada L. ended\n']);
    expect([await left('Ada L.'), await left('bob')]).toEqual([0, 1]);
  });

  it('asks nobody with --yes', async () => {
    await stock.add(1, { userId: 'ada' });
    const { exitCode, out, questions } = await kit(['revoke-user', 'ada', '--yes', '--json'], {
      answer: 'no',
    });
    expect([exitCode, questions]).toEqual([0, []]);
    expect(JSON.parse(out)).toEqual({ userId: 'ada', revoked: 1 });
    expect(await left('ada')).toBe(0);
  });

  it('says that a user has none, with 1, and asks nothing', async () => {
    const { exitCode, err, questions } = await kit(['revoke-user', 'nobody'], { answer: 'yes' });
    expect([exitCode, err, questions]).toEqual([1, 'user nobody has no sessions\n', []]);
  });
});

describe('revoke-everyone', () => {
  it('ends every session of this prefix and of no other', async () => {
    const other = await stockedRedis(redis.connection);
    await other.add(1, { userId: 'theirs' });
    await stock.add(2, { userId: 'ada' });
    await stock.add(1500);

    const { exitCode, out, questions } = await kit(['revoke-everyone'], { answer: 'yes' });

    expect(questions).toEqual([
      `Every session under ${stock.keyPrefix} in ${redisTarget({}, redis.env).address} will end, every user has to log in again. Type yes to go on: `,
    ]);
    expect([exitCode, out]).toEqual([0, '1502 sessions ended\n']);
    const left = (await redis.client().keys(`${stock.keyPrefix}*`)).toSorted();
    expect(left.map((key) => key.split(':').at(-1))).toEqual(['revocations', 'epoch']);
    expect(await other.store.list('theirs')).toHaveLength(1);
    await other.close();
  });

  it('says with 1 that there was none: the prefix may be the wrong one', async () => {
    const { exitCode, out, err } = await kit(['revoke-everyone', '--yes', '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toEqual({ revoked: 0 });
    expect(err).toContain(`no sessions under ${stock.keyPrefix}; is --prefix`);
  });

  it('draws a progress bar where standard error is a terminal, and clears it', async () => {
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

  it('draws nothing into a file', async () => {
    await stock.add(1500);
    const { err } = await kit(['revoke-everyone', '--yes']);
    expect(err).toBe('');
  });
});

describe.each([['revoke-user', 'ada'], ['revoke-everyone']])('%s %s', (...argv) => {
  it.each(['', 'no', 'y', 'yes please'])('does nothing after the answer %j', async (answer) => {
    await stock.add(1, { userId: 'ada' });
    const { exitCode, out, err } = await kit(argv, { answer });
    expect([exitCode, out, err]).toEqual([2, '', 'not confirmed, nothing was done\n']);
    expect(await left('ada')).toBe(1);
  });

  it('refuses without a terminal and without --yes, and says how', async () => {
    await stock.add(1, { userId: 'ada' });
    const { exitCode, out, err } = await kit(argv);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain('no terminal to ask at; pass --yes');
    expect(await left('ada')).toBe(1);
  });
});
