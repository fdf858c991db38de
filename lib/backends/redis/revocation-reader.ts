import { Logger } from '@nestjs/common';
import { type ClockReading, readClock } from '../../core/clock.js';
import { errorMessage } from '../../core/escape-control-characters.js';
import { STORE_CALL_MS, withTimeout } from '../../resilience/timeout.js';
import type { RevocationSubscriber, RevocationSubscription } from '../../store/revocation.js';
import { decodeRevocation, fieldsOf } from './codec/revocation-codec.js';
import type { RedisBlockingClient } from './connection/redis-client.js';
import { timers } from '../../core/timers.js';

/** Most entries read at once. */
const MAX_BATCH_ENTRIES = 1000;
const RETRY_MS = 100;
/** A connection that is made anew fails once or twice: that is not worth a line. */
const MIN_OUTAGE_MS = 1000;
const START = '0-0';

/** `id`: milliseconds of Redis, a dash, and a number within that millisecond. */
type Entry = readonly [id: string, fields: readonly string[]];

/** What Redis says of the stream at one moment. */
interface StreamState {
  readonly length: number;
  /** How many were ever added, dropped ones included. */
  readonly added: number;
  readonly lastId: string;
  /** Everything announced from then on, epoch milliseconds, is still there. */
  readonly completeSinceMs: number;
}

export interface ReaderOptions {
  /** A connection of its own, because reading blocks it. */
  readonly client: RedisBlockingClient;
  readonly key: string;
  /** Longest time that a read waits for something new. */
  readonly blockMs: number;
  /** Starts a stream that is missing. */
  readonly createStream: () => Promise<unknown>;
  /** The epoch of the store, raised where the follower knows a higher one. */
  readonly raiseEpoch: (atLeast: number) => Promise<number>;
}

/**
 * Follows the stream of revocations. Each turn asks Redis how much there ever was and reads what is new; where the two
 * do not agree (entries were dropped unread, the stream was lost, a failover took some away) it reads everything again
 * and says so to the follower.
 */
export class RevocationReader implements RevocationSubscription {
  readonly #logger = new Logger('SessionStore');
  readonly #running: Promise<void>;
  #closed = false;
  #failingSinceMs: number | undefined;
  #isReported = false;
  #lastId = START;
  /** How many of all entries ever added are known; undefined when everything has to be read again. */
  #readCount: number | undefined;
  /** The connection closed since the last turn: behind the next one may be another server, whose counts happen to agree. */
  #reconnected = false;

  constructor(
    private readonly options: ReaderOptions,
    private readonly subscriber: RevocationSubscriber,
  ) {
    options.client.on('close', () => (this.#reconnected = true));
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.options.client.disconnect();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#readOnce();
        this.#recordSuccess();
      } catch (error) {
        this.#restart();
        if (this.#closed) return;
        this.#recordFailure(error);
        await timers.sleep(RETRY_MS);
      }
    }
  }

  #recordSuccess(): void {
    if (this.#isReported) this.#logger.log('revocations are followed again');
    this.#isReported = false;
    this.#failingSinceMs = undefined;
  }

  #recordFailure(error: unknown): void {
    this.#failingSinceMs ??= timers.monotonicMs();
    if (this.#isReported || timers.monotonicMs() - this.#failingSinceMs < MIN_OUTAGE_MS) return;
    this.#isReported = true;
    this.#logger.error(
      `revocations cannot be followed, so each request asks the store: ${errorMessage(error)}`,
    );
  }

  async #readOnce(): Promise<void> {
    const { client, key, blockMs, createStream } = this.options;
    if (this.#reconnected) this.#restart();
    this.#reconnected = false;
    // Counted from here: an answer says nothing about what happened while it was on its way.
    const askedAt = readClock();
    const asked = client.pipeline().xinfo('STREAM', key);
    // Refused by a replica, whose answers may be old for ever. In a Cluster it sends reads to its master by itself.
    if (!('nodes' in client)) asked.wait(0, 0);
    asked.xread('COUNT', MAX_BATCH_ENTRIES, 'BLOCK', blockMs, 'STREAMS', key, this.#lastId);
    const answers = await withTimeout(blockMs + STORE_CALL_MS, asked.exec());
    if (!answers) throw new Error('the connection was closed');
    const [[missing, info], [, streams]] = [answers[0], answers.at(-1)] as [Answer, Answer];
    if (missing?.message.includes('no such key')) {
      this.#restart();
      await withTimeout(STORE_CALL_MS, createStream());
      return;
    }
    const refused = answers.find(([error]) => error)?.[0];
    if (refused) throw refused;
    const entries = (streams as [[key: string, entries: Entry[]]] | null)?.[0][1] ?? [];
    await this.#apply(stateOf(info as unknown[]), entries, askedAt);
  }

  async #apply(
    state: StreamState,
    entries: readonly Entry[],
    askedAt: ClockReading,
  ): Promise<void> {
    if (this.#readCount === undefined) {
      const epoch = await withTimeout(
        STORE_CALL_MS,
        this.options.raiseEpoch(this.subscriber.epoch),
      );
      this.subscriber.onReset(state.completeSinceMs);
      this.subscriber.onRevocation({ type: 'everyone', epoch }, state.completeSinceMs);
      this.#readCount = state.added - state.length;
    }
    const counted = entries.filter(([id]) => compareIds(id, state.lastId) <= 0).length;
    const lastRead = entries.at(-1)?.[0] ?? this.#lastId;
    const complete = entries.length < MAX_BATCH_ENTRIES || compareIds(lastRead, state.lastId) >= 0;
    const uncounted = state.added - this.#readCount;
    const gap = complete ? counted !== uncounted : counted > uncounted;
    if (gap || compareIds(state.lastId, this.#lastId) < 0) {
      this.#restart();
      await timers.sleep(RETRY_MS);
      return;
    }

    for (const [id, fields] of entries) {
      for (const [type, value] of fieldsOf(fields)) {
        const revocation = decodeRevocation(type, value);
        if (revocation) this.subscriber.onRevocation(revocation, millisecondsOf(id));
      }
    }
    this.#readCount += entries.length;
    this.#lastId = lastRead;
    if (complete) this.subscriber.onCaughtUp(askedAt);
  }

  /** Reads everything again with the next turn. */
  #restart(): void {
    this.#lastId = START;
    this.#readCount = undefined;
  }
}

type Answer = readonly [Error | null, unknown];

function stateOf(info: readonly unknown[]): StreamState {
  const value = (name: string): unknown => info[info.indexOf(name) + 1];
  const lastId = String(value('last-generated-id'));
  const first = value('first-entry') as Entry | null;
  const [length, added] = [Number(value('length')), Number(value('entries-added'))];
  // As the announcing script leaves it. Whoever else drops entries does not say which: what was before the first one that
  // is there, nobody knows then.
  const floor = String(value('max-deleted-entry-id'));
  const isWhole = added > length && sequenceOf(floor) === added - length;
  const firstMs = millisecondsOf(first?.[0] ?? lastId);
  const floorMs = millisecondsOf(floor);
  return {
    length,
    added,
    lastId,
    completeSinceMs: (isWhole ? floorMs : Math.max(floorMs, firstMs)) + 1,
  };
}

function millisecondsOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}

function sequenceOf(id: string): number {
  return Number(id.slice(id.indexOf('-') + 1));
}

function compareIds(a: string, b: string): number {
  return millisecondsOf(a) - millisecondsOf(b) || sequenceOf(a) - sequenceOf(b);
}
