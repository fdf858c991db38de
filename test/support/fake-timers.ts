import { jest } from '@jest/globals';
import { timers } from '../../lib/core/timers.js';

const ofNode = { ...timers };

/**
 * Fake timers that also apply to the package, which otherwise keeps those of Node. `setImmediate`
 * stays real.
 */
export function useFakeTimers(): void {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  const { setTimeout, clearTimeout } = globalThis;
  Object.assign(timers, { setTimeout, clearTimeout, monotonicMs: () => performance.now() });
}

/** Undoes `useFakeTimers`. */
export function useRealTimers(): void {
  Object.assign(timers, ofNode);
  jest.useRealTimers();
}
