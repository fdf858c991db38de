import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Clock, type SessionError, type SessionStore } from 'nestjs-session-kit';
import { SessionEvents } from '../../../lib/events/session-events.service.js';
import { STORE_CALL_MS } from '../../../lib/resilience/timeout.js';
import { StoreCaller } from '../../../lib/store/store-caller.js';
import { ResilientSessionStore } from '../../../lib/store/resilient-session-store.js';
import { CircuitBreaker } from '../../../lib/resilience/circuit-breaker.js';
import { useFakeTimers, useRealTimers } from '../../support/fake-timers.js';

const MAX_TIMEOUTS = 10;
const PAUSE_MS = 250;

// The test of the store covers its log.
beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => useFakeTimers());
afterEach(() => useRealTimers());

const times = (count: number, act: () => void): void => {
  for (let i = 0; i < count; i++) act();
};

const unavailable = (count: number): string[] =>
  Array.from({ length: count }, () => 'STORE_UNAVAILABLE');

/** A circuit breaker after this many timeouts in a row. */
const silent = (count: number): CircuitBreaker => {
  const breaker = new CircuitBreaker();
  times(count, () => breaker.recordTimeout());
  return breaker;
};

describe('CircuitBreaker', () => {
  it('allows every call until ten in a row timed out', () => {
    const breaker = silent(MAX_TIMEOUTS - 1);
    times(50, () => expect(breaker.allowsRequest()).toBe(true));
    breaker.recordTimeout();
    times(50, () => expect(breaker.allowsRequest()).toBe(false));
  });

  it('starts counting again with each answer', () => {
    const breaker = silent(MAX_TIMEOUTS - 1);
    breaker.recordSuccess();
    times(MAX_TIMEOUTS - 1, () => breaker.recordTimeout());
    expect(breaker.allowsRequest()).toBe(true);
  });

  it('allows one call after a pause, then the next after another', () => {
    const breaker = silent(MAX_TIMEOUTS);
    for (let round = 0; round < 3; round++) {
      jest.advanceTimersByTime(PAUSE_MS - 1);
      expect(breaker.allowsRequest()).toBe(false);
      jest.advanceTimersByTime(1);
      expect([breaker.allowsRequest(), breaker.allowsRequest(), breaker.allowsRequest()]).toEqual([
        true,
        false,
        false,
      ]);
      breaker.recordTimeout();
    }
  });

  it('allows all calls again after one answer', () => {
    const breaker = silent(MAX_TIMEOUTS);
    jest.advanceTimersByTime(PAUSE_MS);
    breaker.allowsRequest();
    breaker.recordSuccess();
    times(50, () => expect(breaker.allowsRequest()).toBe(true));
  });
});

describe('ResilientSessionStore with a store that does not answer', () => {
  let calls: number;
  let answer: () => Promise<null>;
  let resilient: ResilientSessionStore;

  beforeEach(() => {
    calls = 0;
    answer = () => new Promise(() => {});
    const read = (): Promise<null> => {
      calls++;
      return answer();
    };
    const store = { read } as unknown as SessionStore;
    resilient = new ResilientSessionStore(store, new StoreCaller(new SessionEvents(new Clock())));
  });

  const codeOfRead = (): Promise<string> =>
    resilient.read('handle').then(
      () => 'done',
      (error: SessionError) => error.code,
    );

  /** Runs as many requests at once, whose deadlines pass. */
  async function requests(count: number): Promise<string[]> {
    const codes = Promise.all(Array.from({ length: count }, codeOfRead));
    await jest.advanceTimersByTimeAsync(STORE_CALL_MS);
    return codes;
  }

  it('rejects at once after ten calls, except one that probes', async () => {
    expect(await requests(MAX_TIMEOUTS)).toEqual(unavailable(MAX_TIMEOUTS));
    expect(calls).toBe(MAX_TIMEOUTS);
    // No timer is moved here: they wait for nothing.
    expect(await Promise.all([codeOfRead(), codeOfRead()])).toEqual(unavailable(2));
    expect(calls).toBe(MAX_TIMEOUTS);
    await jest.advanceTimersByTimeAsync(PAUSE_MS);
    expect(await requests(20)).toEqual(unavailable(20));
    expect(calls).toBe(MAX_TIMEOUTS + 1);
  });

  it('allows all calls after the first one that is answered', async () => {
    await requests(MAX_TIMEOUTS);
    answer = () => Promise.resolve(null);
    expect(await codeOfRead()).toBe('STORE_UNAVAILABLE');
    await jest.advanceTimersByTimeAsync(PAUSE_MS);
    for (let i = 0; i < 5; i++) expect(await codeOfRead()).toBe('done');
    expect(calls).toBe(MAX_TIMEOUTS + 5);
  });

  it('calls a store that fails each time: it answers, and part of it may work', async () => {
    answer = () => Promise.reject(new Error('CLUSTERDOWN'));
    for (let i = 0; i < 3 * MAX_TIMEOUTS; i++) {
      expect(await codeOfRead()).toBe('STORE_UNAVAILABLE');
    }
    expect(calls).toBe(3 * MAX_TIMEOUTS);
  });

  it('calls a store of which one part does not answer and another does', async () => {
    for (let round = 0; round < 5; round++) {
      answer = () => new Promise(() => {});
      await requests(MAX_TIMEOUTS - 1);
      answer = () => Promise.resolve(null);
      expect(await codeOfRead()).toBe('done');
    }
  });
});
