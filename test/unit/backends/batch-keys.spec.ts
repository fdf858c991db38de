import { describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { batchKeys } from '../../../lib/backends/redis/commands/batch-keys.js';

/** Neither connects. */
const CLIENT = new Redis({ lazyConnect: true });
const CLUSTER = new Cluster([{ host: '127.0.0.1' }], { lazyConnect: true });

/** Answers each key in capitals, and records the batches. */
function capitals(client: Redis | Cluster = CLIENT) {
  const asked: string[][] = [];
  const capital = batchKeys(client, async (keys) => {
    asked.push(keys);
    return keys.map((key) => key.toUpperCase());
  });
  return { asked, capital };
}

describe('batched keys', () => {
  it('are sent as one command in a turn of the event loop, each with its own answer', async () => {
    const { asked, capital } = capitals();
    const later = Promise.resolve().then(() => capital('c'));
    const answers = await Promise.all([capital('a'), capital('b'), later, capital('a')]);
    expect(answers).toEqual(['A', 'B', 'C', 'A']);
    expect(asked).toEqual([['a', 'b', 'a', 'c']]);
  });

  it('are sent as another command in the next turn', async () => {
    const { asked, capital } = capitals();
    const first = capital('a');
    const second = new Promise((resolve) => setImmediate(() => resolve(capital('b'))));
    expect(await Promise.all([first, second])).toEqual(['A', 'B']);
    expect(asked).toEqual([['a'], ['b']]);
  });

  it('are sent one by one to a Cluster', async () => {
    const { asked, capital } = capitals(CLUSTER);
    expect(await Promise.all([capital('a'), capital('b')])).toEqual(['A', 'B']);
    expect(asked).toEqual([['a'], ['b']]);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('lost'))],
    [
      'throws at once',
      () => {
        throw new Error('lost');
      },
    ],
  ])('all fail when the one command %s, and later ones do not', async (_how, fail) => {
    let fails = true;
    const call = batchKeys(CLIENT, (keys) => (fails ? fail() : Promise.resolve(keys)));
    const answers = await Promise.allSettled([call('a'), call('b')]);
    expect(answers).toEqual([
      { status: 'rejected', reason: new Error('lost') },
      { status: 'rejected', reason: new Error('lost') },
    ]);
    fails = false;
    expect(await call('c')).toBe('c');
  });
});
