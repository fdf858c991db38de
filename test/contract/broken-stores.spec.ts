import { describe, expect, it } from '@jest/globals';
import {
  MemorySessionStore,
  type Revocation,
  type RevocationFollower,
  type RevocationSubscription,
  type SessionCap,
  type SessionRecord,
} from 'nestjs-session-kit';
import { describeSessionStore, FakeClock } from 'nestjs-session-kit/testing';

const GLOBALS = ['describe', 'it', 'beforeEach', 'afterEach'] as const;

/** Runs `body` with these globals in place of the test runner's. */
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

/** Runs the suite with a runner of its own, and tells which tests failed. */
async function failuresOf(make: (clock: FakeClock) => MemorySessionStore): Promise<string[]> {
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
    describeSessionStore('a store', async () => {
      const clock = new FakeClock();
      return { store: make(clock), clock, close: async () => {} };
    }),
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

/** A follower that is told something else. */
function changed(
  follower: RevocationFollower,
  changes: Partial<RevocationFollower>,
): RevocationFollower {
  return {
    epoch: follower.epoch,
    reset: (sinceMs) => follower.reset(sinceMs),
    apply: (revocation, atMs) => follower.apply(revocation, atMs),
    caughtUp: (askedAt) => follower.caughtUp(askedAt),
    ...changes,
  };
}

/** A store with one defect that a store author may well have. */
const BROKEN: readonly [defect: string, make: (clock: FakeClock) => MemorySessionStore][] = [
  [
    'reads before it writes, with a wait between',
    (clock) =>
      new (class extends MemorySessionStore {
        override async replace(record: SessionRecord, expected: number): Promise<boolean> {
          const stored = await this.read(record.handle);
          if (stored?.version !== expected) return false;
          return super.replace(record, stored.version);
        }
        override async create(record: SessionRecord, cap: SessionCap) {
          const live = await this.list(record.userId);
          await Promise.resolve();
          return super.create(record, { ...cap, max: cap.max + (live.length < cap.max ? 9 : 0) });
        }
      })(clock, 1000),
  ],
  [
    'revives what was ended',
    (clock) =>
      new (class extends MemorySessionStore {
        override async replace(record: SessionRecord, expected: number): Promise<boolean> {
          if (await this.read(record.handle)) return super.replace(record, expected);
          return (await this.create(record, { max: 100, onMax: 'reject' })).created;
        }
      })(clock, 1000),
  ],
  [
    'gives out what it keeps',
    (clock) => {
      const kept = new Map<string, SessionRecord>();
      return new (class extends MemorySessionStore {
        override async read(handle: string): Promise<SessionRecord | null> {
          const stored = await super.read(handle);
          if (!stored) return null;
          if (kept.get(handle)?.version !== stored.version) kept.set(handle, stored);
          return { ...stored, data: kept.get(handle)!.data };
        }
      })(clock, 1000);
    },
  ],
  [
    'ends the session it should keep',
    (clock) =>
      new (class extends MemorySessionStore {
        override deleteAll(userId: string): Promise<string[]> {
          return super.deleteAll(userId);
        }
      })(clock, 1000),
  ],
  [
    'mixes up users that differ behind a colon',
    (clock) =>
      new (class extends MemorySessionStore {
        override async list(userId: string): Promise<SessionRecord[]> {
          const lists = [userId, `${userId}:`].map((id) => super.list(id));
          return (await Promise.all(lists)).flat();
        }
      })(clock, 1000),
  ],
  [
    'forgets to prolong on touch',
    (clock) =>
      new (class extends MemorySessionStore {
        override async touch(handle: string): Promise<boolean> {
          return (await this.read(handle)) !== null;
        }
      })(clock, 1000),
  ],
  [
    'tells only who followed first',
    (clock) =>
      new (class extends MemorySessionStore {
        #followed = false;
        override async follow(follower: RevocationFollower): Promise<RevocationSubscription> {
          if (!this.#followed) {
            this.#followed = true;
            return super.follow(follower);
          }
          return super.follow(changed(follower, { apply: () => {} }));
        }
      })(clock, 1000),
  ],
  [
    'loses the end of a long announcement',
    (clock) =>
      new (class extends MemorySessionStore {
        override announce(revocations: readonly Revocation[]): Promise<void> {
          return super.announce(revocations.slice(0, 1000));
        }
      })(clock, 1000),
  ],
  [
    'goes on telling who has left',
    (clock) =>
      new (class extends MemorySessionStore {
        override async follow(follower: RevocationFollower): Promise<RevocationSubscription> {
          await super.follow(follower);
          return { close: async () => {} };
        }
      })(clock, 1000),
  ],
  [
    'says that it misses nothing of what was before',
    (clock) =>
      new (class extends MemorySessionStore {
        override follow(follower: RevocationFollower): Promise<RevocationSubscription> {
          return super.follow(changed(follower, { reset: () => follower.reset(0) }));
        }
      })(clock, 1000),
  ],
  [
    'lowers the epoch',
    (clock) =>
      new (class extends MemorySessionStore {
        #epochNow = 0;
        override async epoch(atLeast?: number): Promise<number> {
          return (this.#epochNow = atLeast ?? this.#epochNow);
        }
      })(clock, 1000),
  ],
  [
    'ends everyone, whenever their sessions were opened',
    (clock) =>
      new (class extends MemorySessionStore {
        override deleteEveryone(): Promise<void> {
          return super.deleteEveryone(Infinity);
        }
      })(clock, 1000),
  ],
];

describe('the suite for store authors', () => {
  it('passes for a store that keeps the contract', async () => {
    expect(await failuresOf((clock) => new MemorySessionStore(clock, 1000))).toEqual([]);
  });

  it.each(BROKEN)('fails for a store that %s', async (_defect, make) => {
    expect(await failuresOf(make)).not.toEqual([]);
  });

  it('tells what it needs where the runner injects no globals', () => {
    expect(() =>
      withGlobals({}, () => describeSessionStore('a store', () => Promise.reject(new Error()))),
    ).toThrow(/global describe, it, beforeEach, afterEach of a test runner/);
  });
});
