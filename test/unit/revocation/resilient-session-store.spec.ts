import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ConsoleLogger, Logger } from '@nestjs/common';
import {
  memoryBackend,
  type RevocationLog,
  SessionError,
  type SessionRecord,
  type SessionStore,
  type StoreBackend,
} from 'nestjs-session-kit';
import { secretOf } from '../../support/secret-of.js';
import { FakeClock } from 'nestjs-session-kit/testing';
import { DELETE_BEFORE_EPOCH_MS, STORE_CALL_MS } from '../../../lib/resilience/timeout.js';
import type { AccessClaims } from '../../../lib/jwt/token-claims.js';
import { useFakeTimers, useRealTimers } from '../../support/fake-timers.js';
import {
  bindingWith,
  emptyWindow,
  NOW_MS,
  recordOf,
  SECRET,
  wrapBackend,
  type WrappedBackend,
} from '../fixtures.js';

const BINDING = bindingWith(SECRET);
const RECORD = BINDING.bind(recordOf());
const CAP = { maxPerUser: 10, onLimitReached: 'evict-oldest' } as const;

/** Every call of the two ports, by name. */
const CALLS: [string, (wrapped: WrappedBackend) => Promise<unknown>][] = [
  ['create', ({ store }) => store.create(RECORD, CAP)],
  ['read', ({ store }) => store.read('handle')],
  ['locate', ({ store }) => store.locate('handle')],
  ['replace', ({ store }) => store.replace(RECORD, 3)],
  ['move', ({ store }) => store.move('old', RECORD, 3)],
  ['touch', ({ store }) => store.touch('handle', NOW_MS)],
  ['delete', ({ store }) => store.delete('handle')],
  ['deleteByUser', ({ store }) => store.deleteByUser('user-1', 'handle')],
  ['deleteBeforeEpoch', ({ store }) => store.deleteBeforeEpoch(1)],
  ['epoch', ({ store }) => store.epoch()],
  ['raiseEpoch', ({ store }) => store.raiseEpoch(2)],
  ['publish', ({ log }) => log.publish([]).then(() => [])],
  ['list', ({ store }) => store.list('user-1')],
  ['ping', ({ store }) => store.ping()],
];

/** A backend whose methods all call `answer`. */
function backendThat(answer: (...args: unknown[]) => unknown): StoreBackend {
  const port = Object.fromEntries(CALLS.map(([name]) => [name, answer])) as object;
  return { store: port as SessionStore, revocationLog: port as RevocationLog };
}

const lines: { level: string; line: string }[] = [];

beforeEach(() => {
  lines.length = 0;
  const logger = new ConsoleLogger();
  for (const level of ['log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const) {
    logger[level] = (...args: unknown[]) => {
      lines.push({ level, line: args.filter(Boolean).join(' ') });
    };
  }
  Logger.overrideLogger(logger);
});

afterEach(() => {
  Logger.overrideLogger(false);
  useRealTimers();
});

const codeOfCall = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => value,
    (error: unknown) => (error instanceof SessionError ? error.code : error),
  );

describe('the store and log of an application', () => {
  it.each(CALLS)('passes %s on with its arguments, and returns the answer', async (name, call) => {
    const seen: unknown[][] = [];
    const answer: readonly unknown[] = [];
    const note = (...args: unknown[]): Promise<unknown> => {
      seen.push(args);
      return Promise.resolve(/epoch/i.test(name) ? 7 : answer);
    };
    const { store, revocationLog } = backendThat(note);
    const direct = await call({ store, log: revocationLog } as unknown as WrappedBackend);
    const wrapped = await call(wrapBackend(backendThat(note)));
    expect(wrapped).toEqual(direct);
    expect(seen[1]).toEqual(seen[0]);
  });

  it.each(CALLS)('turns any error of %s into STORE_UNAVAILABLE', async (_name, call) => {
    const throws = backendThat(() => {
      throw new TypeError('at once');
    });
    const rejects = backendThat(() => Promise.reject(new Error('later')));
    const odd = backendThat(() => Promise.reject('no Error'));
    const knows = backendThat(() => Promise.reject(new SessionError('SESSION_ENDED')));
    for (const backend of [throws, rejects, odd, knows]) {
      expect(await codeOfCall(call(wrapBackend(backend)))).toBe('STORE_UNAVAILABLE');
    }
  });

  it.each(CALLS)('names %s if it returns no promise', async (name, call) => {
    expect(await codeOfCall(call(wrapBackend(backendThat(() => null))))).toBe('STORE_UNAVAILABLE');
    expect(lines.map(({ line }) => line)).toEqual([
      expect.stringContaining(`503: ${name}() of the store must return a promise; make it async`),
    ]);
  });

  it.each(CALLS)('waits for %s no longer than its deadline', async (name, call) => {
    useFakeTimers();
    const deadline = name === 'deleteBeforeEpoch' ? DELETE_BEFORE_EPOCH_MS : STORE_CALL_MS;
    let answer: unknown;
    const hanging = wrapBackend(backendThat(() => new Promise(() => {})));
    const waited = codeOfCall(call(hanging)).then((code) => (answer = code));
    await jest.advanceTimersByTimeAsync(deadline - 1);
    expect(answer).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    await waited;
    expect(answer).toBe('STORE_UNAVAILABLE');
  });

  it('logs an outage and its end once, not each call to an unstable store', async () => {
    let works = true;
    const { store } = wrapBackend(
      backendThat(() => (works ? Promise.resolve(null) : Promise.reject(new Error('gone')))),
    );
    for (const state of [true, false, false, false, true, true, false, true]) {
      works = state;
      await codeOfCall(store.read('handle'));
    }
    const outage = 'the session store fails, requests that need it get 503: gone SessionStore';
    const recovery = 'the session store answers again SessionStore';
    expect(lines).toEqual([
      { level: 'error', line: outage },
      { level: 'log', line: recovery },
    ]);
  });

  it('logs neither handles nor stored values, nor properties of a client error besides its message', async () => {
    const secrets = ['handle-of-a-session', 'user-of-a-session', 'value-in-a-session'];
    const [handle = '', userId = '', value = ''] = secrets;
    const record: SessionRecord = recordOf({ handle, userId, data: { value } });
    const failure = Object.assign(new Error('connection closed'), {
      command: { name: 'set', args: secrets },
    });
    for (const thrown of [failure, value, { message: value }, undefined]) {
      const { store } = wrapBackend(backendThat(() => Promise.reject(thrown)));
      await codeOfCall(store.create(record, CAP));
      await codeOfCall(store.read(handle));
      await codeOfCall(store.list(userId));
    }
    expect(lines).toHaveLength(4);
    const output = JSON.stringify(lines);
    expect(secrets.filter((secret) => output.includes(secret))).toEqual([]);
  });

  it('neither returns nor deletes a record bound to other keys, even if its end was published', async () => {
    useFakeTimers();
    const memory = memoryBackend({ clock: new FakeClock(NOW_MS), maxSessions: 10 });
    await memory.store.create(bindingWith(secretOf('another app')).bind(recordOf()), CAP);
    const cache = emptyWindow();
    cache.record({ type: 'session', handle: recordOf().handle });
    const { store } = wrapBackend(memory, cache);
    expect(await store.read(recordOf().handle)).toBeNull();
    expect(await store.locate(recordOf().handle)).toBeNull();
    expect(await store.list('user-1')).toEqual([]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await memory.store.read(recordOf().handle)).not.toBeNull();
  });

  it('7.4.1 deletes a record whose end was published but not carried out, a second after it was read', async () => {
    useFakeTimers();
    const memory = memoryBackend({ clock: new FakeClock(NOW_MS), maxSessions: 10 });
    await memory.store.create(RECORD, CAP);
    const cache = emptyWindow();
    cache.record({ type: 'session', handle: RECORD.handle });
    const { store } = wrapBackend(memory, cache);
    for (let reads = 0; reads < 3; reads++) {
      expect(await store.read(RECORD.handle)).toBeNull();
      expect(await store.list(RECORD.userId)).toEqual([]);
    }
    // Until then, the node that published it can carry it out, and counts the session.
    await jest.advanceTimersByTimeAsync(999);
    expect(await memory.store.read(RECORD.handle)).not.toBeNull();
    await jest.advanceTimersByTimeAsync(1);
    expect(await memory.store.read(RECORD.handle)).toBeNull();
  });

  it('handles the memory store like any other: a full one is STORE_UNAVAILABLE', async () => {
    const { store } = wrapBackend(memoryBackend({ clock: new FakeClock(NOW_MS), maxSessions: 1 }));
    expect(await codeOfCall(store.create(recordOf(), CAP))).toEqual({ created: true, evicted: [] });
    const other = recordOf({ handle: 'def.AAAAAAAAAAAAAAAAAAAAAA', userId: 'user-2' });
    expect(await codeOfCall(store.create(other, CAP))).toBe('STORE_UNAVAILABLE');
    expect(lines[0]?.line).toContain('memory.maxSessions is 1');
  });

  describe('applies revocations of this node at once, before other nodes see them', () => {
    const CLAIMS = { sid: RECORD.handle, jti: 'jti', cver: 0, epoch: 0, iat: 0 } as AccessClaims;

    it.each<[string, (wrapped: WrappedBackend) => Promise<unknown>]>([
      ['one session', ({ store }) => store.delete(RECORD.handle)],
      ['all sessions of a user', ({ store }) => store.deleteByUser(RECORD.userId)],
      ['everyone', ({ store }) => store.raiseEpoch(1)],
      [
        'a session whose end was published',
        ({ log }) => log.publish([{ type: 'session', handle: RECORD.handle }]),
      ],
      [
        'the oldest session',
        ({ store }) =>
          store.create(
            { ...RECORD, handle: 'another' },
            { maxPerUser: 1, onLimitReached: 'evict-oldest' },
          ),
      ],
    ])('%s', async (_what, end) => {
      const clock = new FakeClock(NOW_MS);
      const cache = emptyWindow(clock);
      const wrapped = wrapBackend(memoryBackend({ clock, maxSessions: 10 }), cache);
      await wrapped.store.create(RECORD, CAP);
      expect(cache.decide(CLAIMS)).not.toBe('ended');
      await end(wrapped);
      expect(cache.decide(CLAIMS)).toBe('ended');
    });
  });
});
