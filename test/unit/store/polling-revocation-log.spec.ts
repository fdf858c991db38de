import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type LogEntry,
  newLogEntry,
  PollingRevocationLog,
  type Revocation,
  type StoredLogEntry,
} from 'nestjs-session-kit';
import { Listener } from '../../../lib/testing/contract/listener.js';
import { eventually } from '../../support/eventually.js';

const MAX_STALENESS_MS = 150;

/** A log in an array, which a test can damage. */
class ArrayLog extends PollingRevocationLog {
  entries: StoredLogEntry[] = [];
  /** Number of entries of each append. */
  readonly appended: number[] = [];
  reads = 0;
  failure: Error | undefined;
  atMs = 1000;
  epoch = 0;
  #held: Promise<void> | undefined;

  constructor(maxStalenessMs = MAX_STALENESS_MS) {
    const store = {
      raiseEpoch: async (atLeast: number) => (this.epoch = Math.max(this.epoch, atLeast)),
    };
    super(store, { maxStalenessMs });
  }

  /** Makes appends wait until the returned function is called. */
  hold(): () => void {
    let release: (() => void) | undefined;
    this.#held = new Promise((resolve) => (release = resolve));
    return () => release?.();
  }

  notify(): void {
    this.wake();
  }

  protected async append(entries: readonly LogEntry[]): Promise<void> {
    this.appended.push(entries.length);
    await this.#held;
    if (this.failure) throw this.failure;
    for (const entry of entries) {
      const position = (this.entries.at(-1)?.position ?? 0) + 1;
      this.entries.push({ ...entry, position, atMs: this.atMs });
    }
  }

  protected async readSince(position: number, limit: number): Promise<readonly StoredLogEntry[]> {
    this.reads++;
    if (this.failure) throw this.failure;
    return this.entries.filter((entry) => entry.position >= position).slice(0, limit);
  }
}

const ended = (handle: string): Revocation => ({ type: 'session', handle });

let log: ArrayLog;
let listener: Listener;

beforeEach(() => {
  log = new ArrayLog();
  listener = new Listener(0);
});

afterEach(() => listener.close());

/** Waits until the listener has caught up with everything published before this call. */
function caughtUp(): Promise<unknown> {
  const askedMs = performance.now();
  return eventually(
    () => listener.knowsAllUntil(askedMs),
    (knows) => knows,
  );
}

const resets = (): number => listener.calls.filter((call) => call === 'onReset').length;

describe('PollingRevocationLog', () => {
  it('begins an empty log, and is complete from then on', async () => {
    await listener.subscribe(log);
    await caughtUp();
    expect(log.entries).toHaveLength(1);
    expect(listener.sinceMs).toBe(1001);
  });

  it('is complete from the first entry on, of whose millisecond others may be gone', async () => {
    await log.publish([ended('a')]);
    await listener.subscribe(log);
    await caughtUp();
    expect(listener.sinceMs).toBe(1001);
    expect(resets()).toBe(1);
  });

  it('reads more entries than fit into one read before it has caught up', async () => {
    await listener.subscribe(log);
    await caughtUp();
    const revocations = Array.from({ length: 3500 }, (_, i) => ended(String(i)));
    await log.publish(revocations);
    await caughtUp();
    expect(listener.received).toEqual(revocations);
  });

  it('appends revocations of one moment together, and returns when theirs are stored', async () => {
    const release = log.hold();
    const first = log.publish([ended('first')]);
    await Promise.resolve();
    const others = Array.from({ length: 50 }, (_, i) => log.publish([ended(String(i))]));
    release();
    await Promise.all([first, ...others]);
    expect(log.appended).toEqual([1, 50]);
  });

  it('fails for the revocations that could not be appended, and for no others', async () => {
    log.failure = new Error('gone');
    await expect(log.publish([ended('a')])).rejects.toThrow('gone');
    log.failure = undefined;
    await log.publish([ended('b')]);
    expect(log.entries.map(({ text }) => text)).toEqual(['session b']);
  });

  it('does not wait for an append that never settles', async () => {
    log.hold();
    await expect(log.publish([ended('a')])).rejects.toThrow(/no answer within/);
    log.hold()();
    await log.publish([ended('b')]);
    expect(log.entries.map(({ text }) => text)).toEqual(['session b']);
  });

  it('continues after failed reads without a reset', async () => {
    await listener.subscribe(log);
    await caughtUp();
    log.failure = new Error('gone');
    const { reads } = log;
    await eventually(
      () => log.reads,
      (count) => count > reads + 1,
    );
    log.failure = undefined;
    await log.publish([ended('a')]);
    await caughtUp();
    expect(listener.received).toEqual([ended('a')]);
    expect(resets()).toBe(1);
  });

  it.each<[what: string, damage: () => void]>([
    ['an entry was replaced by another one', () => replaceLast(ended('other'))],
    ['the last entries were lost', () => log.entries.splice(1)],
    ['entries were dropped unread', () => (log.entries = log.entries.slice(-1).map(later))],
    ['all entries were lost', () => (log.entries = [])],
  ])('reads the whole log again if %s', async (_what, damage) => {
    await log.publish([ended('a'), ended('b')]);
    await listener.subscribe(log);
    await caughtUp();
    log.atMs = 2000;
    damage();
    await log.publish([ended('c')]);
    await caughtUp();
    expect(resets()).toBe(2);
    expect(listener.received).toContainEqual(ended('c'));
  });

  it('restores an epoch that the store has lost', async () => {
    log.epoch = 3;
    await listener.subscribe(log);
    await caughtUp();
    [log.epoch, log.entries] = [0, []];
    await eventually(resets, (count) => count === 2);
    expect(log.epoch).toBe(3);
  });

  it('ignores entries of a newer version', async () => {
    await listener.subscribe(log);
    await caughtUp();
    log.entries.push({ id: 'new', text: 'future a b', position: 2, atMs: 1000 });
    await log.publish([ended('a')]);
    await caughtUp();
    expect(listener.received).toEqual([ended('a')]);
  });

  it('reads at once when the database reports new entries', async () => {
    log = new ArrayLog(3_600_000);
    await listener.subscribe(log);
    await caughtUp();
    await log.publish([ended('a')]);
    expect(listener.received).toEqual([]);
    log.notify();
    await eventually(
      () => listener.received,
      (received) => received.length > 0,
    );
    expect(listener.received).toEqual([ended('a')]);
  });

  it('closes during a pause', async () => {
    log = new ArrayLog(3_600_000);
    await listener.subscribe(log);
    await caughtUp();
    await listener.close();
    const { reads } = log;
    log.notify();
    await log.publish([ended('a')]);
    expect([log.reads, listener.received]).toEqual([reads, []]);
  });
});

function replaceLast(revocation: Revocation): void {
  const last = log.entries.at(-1)!;
  log.entries.splice(-1, 1, { ...last, ...newLogEntry(revocation) });
}

function later(entry: StoredLogEntry): StoredLogEntry {
  return { ...entry, position: entry.position + 1000 };
}
