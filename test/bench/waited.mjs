import { readFileSync } from 'node:fs';

/**
 * Milliseconds in which the main thread could have run and other processes had the core (Linux,
 * sched-stats.rst).
 */
export function waitedMs() {
  const [, waitedNs] = readFileSync('/proc/self/schedstat', 'utf8').split(' ');
  return Number(waitedNs) / 1e6;
}
