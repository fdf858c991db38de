import { describe, expect, it } from '@jest/globals';
import {
  memoryBackend,
  type Revocation,
  type RevocationSubscriber,
  type RevocationSubscription,
  type SessionLimit,
  type SessionRecord,
  type StoreBackend,
} from 'nestjs-session-kit';
import { describeSessionStore, FakeClock } from 'nestjs-session-kit/testing';
import { MemoryRevocationLog } from '../../lib/backends/memory/memory-revocation-log.js';
import { MemorySessionStore } from '../../lib/backends/memory/memory-session-store.js';

const GLOBALS = ['describe', 'it', 'beforeEach', 'afterEach'] as const;

/** Runs `body` with these globals in place of those of the test runner. */
function withGlobals(globals: object, body: () => void): void {
  const world = globalThis as unknown as Record<string, unknown>;
  const own = GLOBALS.map((name) => [name, world[name]] as const);
  for (const name of GLOBALS) Reflect.deleteProperty(world, name);
  Object.assign(world, globals);
  try {
    body();
  } finally {
    Object.assign(world, Object.fromEntries(own));
  }
}

type Body = () => void | Promise<void>;

const nothing: Body = () => {};

/** Runs the suite with a test runner of its own, and returns the failed tests. */
async function failuresOf(make: (clock: FakeClock) => StoreBackend): Promise<string[]> {
  const tests: [title: string, body: Body][] = [];
  let before = nothing;
  let after = nothing;
  const runner = {
    describe: (_title: string, body: () => void) => body(),
    it: (title: string, body: Body) => void tests.push([title, body]),
    beforeEach: (body: Body) => (before = body),
    afterEach: (body: Body) => (after = body),
  };
  withGlobals(runner, () =>
    describeSessionStore(
      'a store',
      async () => {
        const clock = new FakeClock();
        return { ...make(clock), clock, close: async () => {} };
      },
      { revocationLog: true },
    ),
  );
  const failures: string[] = [];
  for (const [title, body] of tests) {
    await before();
    try {
      await body();
    } catch {
      failures.push(title);
    }
    await after();
  }
  return failures;
}

/** A subscriber that receives something else. */
function changed(
  subscriber: RevocationSubscriber,
  changes: Partial<RevocationSubscriber>,
): RevocationSubscriber {
  return {
    epoch: subscriber.epoch,
    onReset: (sinceMs) => subscriber.onReset(sinceMs),
    onRevocation: (revocation, atMs) => subscriber.onRevocation(revocation, atMs),
    onCaughtUp: (askedAt) => subscriber.onCaughtUp(askedAt),
    ...changes,
  };
}

type MakeStore = (clock: FakeClock, log: MemoryRevocationLog) => MemorySessionStore;

/** A store with one plausible defect. */
const BROKEN_STORES: readonly [defect: string, make: MakeStore][] = [
  [
    'reads before it writes, with a wait between',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override async replace(record: SessionRecord, expected: number): Promise<boolean> {
          const stored = await this.read(record.handle);
          if (stored?.version !== expected) return false;
          return super.replace(record, stored.version);
        }
        override async create(record: SessionRecord, limit: SessionLimit) {
          const live = await this.list(record.userId);
          await Promise.resolve();
          const more = live.length < limit.maxPerUser ? 9 : 0;
          return super.create(record, { ...limit, maxPerUser: limit.maxPerUser + more });
        }
      })(clock, 1000, log),
  ],
  [
    'revives an ended session',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override async replace(record: SessionRecord, expected: number): Promise<boolean> {
          if (await this.read(record.handle)) return super.replace(record, expected);
          return (await this.create(record, { maxPerUser: 100, onLimitReached: 'reject' })).created;
        }
      })(clock, 1000, log),
  ],
  [
    'returns its internal objects',
    (clock, log) => {
      const kept = new Map<string, SessionRecord>();
      return new (class extends MemorySessionStore {
        override async read(handle: string): Promise<SessionRecord | null> {
          const stored = await super.read(handle);
          if (!stored) return null;
          if (kept.get(handle)?.version !== stored.version) kept.set(handle, stored);
          return { ...stored, data: kept.get(handle)!.data };
        }
      })(clock, 1000, log);
    },
  ],
  [
    'ends the session that it should keep',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override deleteByUser(userId: string): Promise<string[]> {
          return super.deleteByUser(userId);
        }
      })(clock, 1000, log),
  ],
  [
    'confuses users that differ only after a colon',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override async list(userId: string): Promise<SessionRecord[]> {
          const lists = [userId, `${userId}:`].map((id) => super.list(id));
          return (await Promise.all(lists)).flat();
        }
      })(clock, 1000, log),
  ],
  [
    'does not prolong a session on touch',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override async touch(handle: string): Promise<boolean> {
          return (await this.read(handle)) !== null;
        }
      })(clock, 1000, log),
  ],
  [
    'lowers the epoch',
    (clock, log) =>
      new (class extends MemorySessionStore {
        #epochNow = 0;
        override async epoch(): Promise<number> {
          return this.#epochNow;
        }
        override async raiseEpoch(atLeast: number): Promise<number> {
          return (this.#epochNow = atLeast);
        }
      })(clock, 1000, log),
  ],
  [
    'forgets the new handle of a session',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override locate(handle: string): Promise<SessionRecord | null> {
          return this.read(handle);
        }
      })(clock, 1000, log),
  ],
  [
    'forgets it after a minute',
    (clock, log) =>
      new (class extends MemorySessionStore {
        readonly #movedAtMs = new Map<string, number>();
        override async move(old: string, record: SessionRecord, version: number): Promise<boolean> {
          const moved = await super.move(old, record, version);
          if (moved) this.#movedAtMs.set(old, clock.nowMs());
          return moved;
        }
        override async locate(handle: string): Promise<SessionRecord | null> {
          const movedAtMs = this.#movedAtMs.get(handle) ?? Infinity;
          return clock.nowMs() - movedAtMs > 60_000 ? null : super.locate(handle);
        }
      })(clock, 1000, log),
  ],
  [
    'follows a session for one move only',
    (clock, log) =>
      new (class extends MemorySessionStore {
        readonly #moves = new Map<string, string>();
        override async move(old: string, record: SessionRecord, version: number): Promise<boolean> {
          const moved = await super.move(old, record, version);
          if (moved) this.#moves.set(old, record.handle);
          return moved;
        }
        override locate(handle: string): Promise<SessionRecord | null> {
          return this.read(this.#moves.get(handle) ?? handle);
        }
      })(clock, 1000, log),
  ],
  [
    'reads a session by a former handle',
    (clock, log) =>
      new (class extends MemorySessionStore {
        readonly #moves = new Map<string, string>();
        override async move(old: string, record: SessionRecord, version: number): Promise<boolean> {
          const moved = await super.move(old, record, version);
          if (moved) this.#moves.set(old, record.handle);
          return moved;
        }
        override read(handle: string): Promise<SessionRecord | null> {
          return super.read(this.#moves.get(handle) ?? handle);
        }
      })(clock, 1000, log),
  ],
  [
    'writes a session by a former handle',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override async replace(record: SessionRecord, expected: number): Promise<boolean> {
          const current = await this.locate(record.handle);
          return super.replace({ ...record, handle: current?.handle ?? record.handle }, expected);
        }
      })(clock, 1000, log),
  ],
  [
    'ends a session only by its current handle',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override async delete(handle: string): Promise<string | null> {
          return (await this.read(handle)) && super.delete(handle);
        }
      })(clock, 1000, log),
  ],
  [
    'reports the given handle instead of the one that ended',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override async delete(handle: string): Promise<string | null> {
          return (await super.delete(handle)) && handle;
        }
      })(clock, 1000, log),
  ],
  [
    'locates a session, and then ends it in another step',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override async delete(handle: string): Promise<string | null> {
          const record = await this.locate(handle);
          await Promise.resolve();
          return record && (await this.read(record.handle)) && super.delete(record.handle);
        }
      })(clock, 1000, log),
  ],
  [
    'ends the session that it should keep after it moved',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override async deleteByUser(userId: string, exceptHandle?: string): Promise<string[]> {
          const kept = exceptHandle && (await this.read(exceptHandle));
          return super.deleteByUser(userId, kept ? exceptHandle : undefined);
        }
      })(clock, 1000, log),
  ],
  [
    'misses a session that moves while all sessions are revoked',
    (clock, log) =>
      new (class extends MemorySessionStore {
        readonly #handles = new Set<string>();
        override create(record: SessionRecord, limit: SessionLimit) {
          this.#handles.add(record.handle);
          return super.create(record, limit);
        }
        override async move(old: string, record: SessionRecord, version: number): Promise<boolean> {
          const moved = await super.move(old, record, version);
          if (moved) this.#handles.add(record.handle);
          return moved;
        }
        override async deleteBeforeEpoch(beforeEpoch: number): Promise<void> {
          const handles = Array.from(this.#handles);
          for (const handle of handles) {
            const record = await this.read(handle);
            if (record && record.epoch < beforeEpoch) await super.delete(handle);
          }
        }
      })(clock, 1000, log),
  ],
  [
    'ends all sessions, including those opened later',
    (clock, log) =>
      new (class extends MemorySessionStore {
        override deleteBeforeEpoch(): Promise<void> {
          return super.deleteBeforeEpoch(Infinity);
        }
      })(clock, 1000, log),
  ],
  [
    'raises the epoch without publishing it',
    (clock, log) =>
      new (class extends MemorySessionStore {
        #epochNow = 0;
        override async epoch(): Promise<number> {
          return this.#epochNow;
        }
        override async raiseEpoch(atLeast: number): Promise<number> {
          return (this.#epochNow = Math.max(this.#epochNow, atLeast));
        }
      })(clock, 1000, log),
  ],
];

/** A revocation log with one plausible defect. */
const BROKEN_LOGS: readonly [defect: string, make: (clock: FakeClock) => MemoryRevocationLog][] = [
  [
    'notifies only the first subscriber',
    (clock) =>
      new (class extends MemoryRevocationLog {
        #followed = false;
        override async subscribe(
          subscriber: RevocationSubscriber,
        ): Promise<RevocationSubscription> {
          if (!this.#followed) {
            this.#followed = true;
            return super.subscribe(subscriber);
          }
          return super.subscribe(changed(subscriber, { onRevocation: () => {} }));
        }
      })(clock),
  ],
  [
    'loses the end of a long publication',
    (clock) =>
      new (class extends MemoryRevocationLog {
        override publish(revocations: readonly Revocation[]): Promise<void> {
          return super.publish(revocations.slice(0, 1000));
        }
      })(clock),
  ],
  [
    'continues to notify former subscribers',
    (clock) =>
      new (class extends MemoryRevocationLog {
        override async subscribe(
          subscriber: RevocationSubscriber,
        ): Promise<RevocationSubscription> {
          await super.subscribe(subscriber);
          return { close: async () => {} };
        }
      })(clock),
  ],
  [
    'claims to have caught up with all earlier revocations',
    (clock) =>
      new (class extends MemoryRevocationLog {
        override subscribe(subscriber: RevocationSubscriber): Promise<RevocationSubscription> {
          return super.subscribe(changed(subscriber, { onReset: () => subscriber.onReset(0) }));
        }
      })(clock),
  ],
];

describe('the suite for store authors', () => {
  it('passes for a store that satisfies the contract', async () => {
    expect(await failuresOf((clock) => memoryBackend({ clock, maxSessions: 1000 }))).toEqual([]);
  });

  it.each(BROKEN_STORES)('fails for a store that %s', async (_defect, make) => {
    const failures = await failuresOf((clock) => {
      const revocationLog = new MemoryRevocationLog(clock);
      return { store: make(clock, revocationLog), revocationLog };
    });
    expect(failures).not.toEqual([]);
  });

  it.each(BROKEN_LOGS)('fails for a revocation log that %s', async (_defect, make) => {
    const failures = await failuresOf((clock) => {
      const revocationLog = make(clock);
      return { store: new MemorySessionStore(clock, 1000, revocationLog), revocationLog };
    });
    expect(failures).not.toEqual([]);
  });

  it('fails for a backend that lacks a declared port', async () => {
    const failures = await failuresOf((clock) => {
      const { store } = memoryBackend({ clock, maxSessions: 1000 });
      return { store };
    });
    expect(failures).toContain('has a revocationLog');
  });

  it('explains its requirements if the runner injects no globals', () => {
    expect(() =>
      withGlobals({}, () => describeSessionStore('a store', () => Promise.reject(new Error()))),
    ).toThrow(/global describe, it, beforeEach, afterEach of a test runner/);
  });
});
