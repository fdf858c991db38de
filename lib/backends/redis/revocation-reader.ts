import { type ClockReading, readClock } from '../../core/clock.js';
import { STORE_CALL_MS, withTimeout } from '../../resilience/timeout.js';
import { decodeRevocation } from '../../store/log/revocation-codec.js';
import type { RevocationLogReader } from '../../store/log/revocation-read-loop.js';
import type { RevocationSubscriber } from '../../store/revocation.js';
import { fieldsOf } from './codec/stream-fields.js';
import type { RedisBlockingClient } from './connection/redis-client.js';
import { timers } from '../../core/timers.js';

/** Maximum number of entries per read. */
const MAX_BATCH_ENTRIES = 1000;
/** Time after a gap before the stream is read again. */
const RETRY_MS = 100;
const START = '0-0';

/** `id`: time of Redis in milliseconds, a dash, and a sequence number within that millisecond. */
type Entry = readonly [id: string, fields: readonly string[]];

/** The state of the stream at one point in time. */
interface StreamState {
  readonly length: number;
  /** Number of entries ever added, including dropped ones. */
  readonly added: number;
  readonly lastId: string;
  /** The time, in epoch milliseconds, from which on the stream is complete. */
  readonly completeSinceMs: number;
}

export interface ReaderOptions {
  /** A separate connection, because reading blocks it. */
  readonly client: RedisBlockingClient;
  readonly key: string;
  /** Maximum time for which a read waits for new entries. */
  readonly blockMs: number;
  /** Creates the stream if it is missing. */
  readonly createStream: () => Promise<unknown>;
  /** Returns the epoch of the store, raised if the subscriber knows a higher one. */
  readonly raiseEpoch: (atLeast: number) => Promise<number>;
}

/**
 * Reads the revocation stream. Each turn asks Redis for the number of entries ever added and reads the new ones. If the
 * two disagree (entries were dropped unread, the stream was lost, a failover removed some), it reads the whole stream
 * again and notifies the subscriber.
 */
export class RevocationReader implements RevocationLogReader {
  #lastId = START;
  /** Number of entries read, of all ever added; undefined if the whole stream has to be read again. */
  #readCount: number | undefined;
  /**
   * The connection closed since the last turn: the next one may lead to another server whose counts happen to agree.
   */
  #reconnected = false;

  constructor(
    private readonly options: ReaderOptions,
    private readonly subscriber: RevocationSubscriber,
  ) {
    options.client.on('close', () => (this.#reconnected = true));
  }

  /** Makes the next read start from the beginning of the stream. */
  onFailure(): void {
    this.#restart();
  }

  stop(): void {
    this.options.client.disconnect();
  }

  async readOnce(): Promise<void> {
    const { client, key, blockMs, createStream } = this.options;
    if (this.#reconnected) this.#restart();
    this.#reconnected = false;
    // Measured from here: an answer does not cover events that occurred while it was in transit.
    const askedAt = readClock();
    const asked = client.pipeline().xinfo('STREAM', key);
    // A replica refuses WAIT; its answers may stay outdated for ever. In a Cluster a replica redirects reads to its
    // master.
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

  /** Makes the next turn read the whole stream again. */
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
  // As the publishing script leaves it. Other ways of dropping entries do not record which: the entries before the
  // first remaining one are then unknown.
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
