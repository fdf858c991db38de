import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { UPDATE_MS } from '../../../lib/resilience/timeout.js';
import { KeyedMutex } from '../../../lib/resilience/keyed-mutex.js';
import { useFakeTimers, useRealTimers } from '../../support/fake-timers.js';

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** A mutex and its map of handles: only the map shows that it is empty again. */
function queueWithMap(): { queue: KeyedMutex; map: Map<unknown, unknown> } {
  const made: Map<unknown, unknown>[] = [];
  const Original = globalThis.Map;
  globalThis.Map = class<K, V> extends Original<K, V> {
    constructor() {
      super();
      made.push(this);
    }
  };
  try {
    const queue = new KeyedMutex();
    if (made.length !== 1) throw new Error(`KeyedMutex keeps ${made.length} maps`);
    return { queue, map: made[0] as Map<unknown, unknown> };
  } finally {
    globalThis.Map = Original;
  }
}

afterEach(() => {
  useRealTimers();
});

describe('KeyedMutex', () => {
  it('runs the tasks of a handle one at a time, in order of arrival', async () => {
    const queue = new KeyedMutex();
    const log: string[] = [];
    const task = (name: string) => async (): Promise<string> => {
      log.push(`${name} starts`);
      await Promise.resolve();
      await Promise.resolve();
      log.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all(
      ['a', 'b', 'c'].map((name) => queue.runExclusive('h', task(name))),
    );
    expect(results).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
  });

  it('queues a task that arrives while the second runs behind it, although the first is done', async () => {
    const queue = new KeyedMutex();
    const first = gate();
    const second = gate();
    const log: string[] = [];
    const one = queue.runExclusive('h', () => first.opened);
    const two = queue.runExclusive('h', async () => {
      await second.opened;
      log.push('second ends');
    });
    first.open();
    await one;
    const three = queue.runExclusive('h', async () => {
      log.push('third starts');
    });
    // More turns of the event loop than a task needs to start.
    await new Promise(setImmediate);
    second.open();
    await Promise.all([two, three]);
    expect(log).toEqual(['second ends', 'third starts']);
  });

  it('does not make a handle wait for another', async () => {
    const queue = new KeyedMutex();
    const { opened, open } = gate();
    const waiting = queue.runExclusive('one', () => opened);
    await expect(queue.runExclusive('two', async () => 'done')).resolves.toBe('done');
    open();
    await waiting;
  });

  it('continues with the next task after one that fails, synchronously or later', async () => {
    const queue = new KeyedMutex();
    const fails = queue.runExclusive('h', async () => {
      throw new Error('first');
    });
    const throws = queue.runExclusive('h', () => {
      throw new Error('second');
    });
    const works = queue.runExclusive('h', async () => 'third');
    await expect(fails).rejects.toThrow('first');
    await expect(throws).rejects.toThrow('second');
    await expect(works).resolves.toBe('third');
  });

  it('removes handles whose tasks are done, including failed ones', async () => {
    const { queue, map } = queueWithMap();
    const { opened, open } = gate();
    const tasks = [
      queue.runExclusive('a', () => opened),
      queue.runExclusive('a', () => Promise.reject(new Error('no'))).catch(() => undefined),
      queue.runExclusive('a', async () => undefined),
      queue.runExclusive('b', () => Promise.reject(new Error('no'))).catch(() => undefined),
    ];
    expect(map.size).toBe(2);
    open();
    await Promise.all(tasks);
    expect(map.size).toBe(0);
  });

  it('refuses a task whose turn comes after the deadline, without running it', async () => {
    useFakeTimers();
    const { queue, map } = queueWithMap();
    const { opened, open } = gate();
    const first = queue.runExclusive('h', () => opened);
    const late = jest.fn(async () => undefined);
    const refused = queue.runExclusive('h', late).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(UPDATE_MS);
    open();
    await first;
    expect(await refused).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(late).not.toHaveBeenCalled();
    expect(map.size).toBe(0);
  });

  it('subtracts the wait from the time that a task gets', async () => {
    useFakeTimers();
    const queue = new KeyedMutex();
    const { opened, open } = gate();
    const first = queue.runExclusive('h', () => opened);
    const seen = queue.runExclusive('h', async (deadline) => {
      const before = deadline.passed;
      jest.advanceTimersByTime(1);
      return [before, deadline.passed];
    });
    await jest.advanceTimersByTimeAsync(UPDATE_MS - 1);
    open();
    await first;
    expect(await seen).toEqual([false, true]);
  });
});
