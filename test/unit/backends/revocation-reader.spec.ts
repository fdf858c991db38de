import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { RevocationSubscriber } from 'nestjs-session-kit';
import { RevocationReader } from '../../../lib/backends/redis/revocation-reader.js';
import { RevocationReadLoop } from '../../../lib/store/log/revocation-read-loop.js';

const ENTRY = ['1-1', ['began', '']];
/** As returned by XINFO STREAM. */
const STATE: unknown[] = [
  'length',
  1,
  'entries-added',
  1,
  'last-generated-id',
  '1-1',
  'max-deleted-entry-id',
  '0-0',
  'first-entry',
  ENTRY,
];

/** Answers like a Redis whose stream has one entry, and records the start of each read. */
class Reader extends EventEmitter {
  readonly from: unknown[] = [];
  #news = false;

  disconnect(): void {}

  pipeline(): this {
    return this;
  }

  xinfo(): this {
    return this;
  }

  wait(): this {
    return this;
  }

  xread(...args: unknown[]): this {
    this.from.push(args.at(-1));
    this.#news = args.at(-1) === '0-0';
    return this;
  }

  async exec(): Promise<[null, unknown][]> {
    await nextTurn();
    return [
      [null, STATE],
      [null, 0],
      [null, this.#news ? [['key', [ENTRY]]] : null],
    ];
  }

  exists(): this {
    return this;
  }
}

class Listener extends RevocationSubscriber {
  readonly epoch = 0;
  resets = 0;

  onReset(): void {
    this.resets++;
  }

  onRevocation(): void {}

  onCaughtUp(): void {}
}

describe('RevocationReader', () => {
  it('reads everything again over a new connection, even without a failure: it may lead to another server', async () => {
    const reader = new Reader();
    const listener = new Listener();
    const parts = {
      client: reader,
      key: 'key',
      blockMs: 10,
      createStream: () => Promise.resolve(),
      raiseEpoch: () => Promise.resolve(0),
    };
    const stream = new RevocationReadLoop(new RevocationReader(parts, listener));
    while (reader.from.length < 5) await nextTurn();
    expect([reader.from[0], new Set(reader.from.slice(1))]).toEqual(['0-0', new Set(['1-1'])]);
    expect(listener.resets).toBe(1);

    reader.emit('close');
    reader.from.length = 0;
    while (reader.from.length < 5) await nextTurn();
    await stream.close();
    expect(reader.from).toContain('0-0');
    expect(listener.resets).toBe(2);
  });
});
