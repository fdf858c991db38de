import { STORE_CALL_MS, withTimeout } from '../../resilience/timeout.js';
import type { StoreDiagnostics, SweepAges } from '../../store/store-backend.js';
import type { RedisClock } from './connection/redis-clock.js';
import { readRedisInfo, type RedisInfo } from './connection/redis-info.js';
import { connectedMasters, type RedisContext } from './redis-context.js';

/** The facts from which the configuration of Redis is judged. */
export type RedisFacts = RedisInfo & { readonly clockOffsetMs: number };

const NOTICEABLE_SKEW_MS = 1000;

/** Reports settings of Redis that endanger sessions, and the sweeps of all nodes. */
export class RedisDiagnostics implements StoreDiagnostics {
  constructor(
    private readonly context: RedisContext,
    private readonly redisClock: RedisClock,
  ) {}

  async startupWarnings(): Promise<string[]> {
    const [master = this.context.client] = await connectedMasters(this.context);
    const facts = { ...(await readRedisInfo(master)), clockOffsetMs: this.redisClock.offsetMs };
    return findRedisProblems(facts);
  }

  async sweepAges(): Promise<SweepAges> {
    const { client, keys, clock } = this.context;
    const values = [client.get(keys.cleanupDone), client.get(keys.cleanupLease)];
    const [secondsSinceCleanup, leaseAgeSeconds] = (
      await withTimeout(STORE_CALL_MS, Promise.all(values))
    ).map((value) => secondsSince(value, clock.nowMs()));
    return { secondsSinceCleanup, leaseAgeSeconds };
  }
}

/** Returns settings that are valid but dangerous, each with advice. */
export function findRedisProblems(facts: RedisFacts): string[] {
  const { maxmemoryPolicy, persistent, clockOffsetMs } = facts;
  const findings: [found: boolean, line: string][] = [
    [
      evicts(facts),
      `Redis may evict live sessions when its memory is full (maxmemory-policy ${maxmemoryPolicy}); set maxmemory-policy noeviction`,
    ],
    [
      persistent === false,
      'Redis does not persist its data, so a restart of Redis logs out all users; enable appendonly or snapshots, or accept that',
    ],
    [
      Math.abs(clockOffsetMs) > NOTICEABLE_SKEW_MS,
      `the clock of Redis is ${clockOffsetMs} ms from the clock of this machine; the kit corrects for it, but synchronise both with NTP: beyond 5000 ms it does not start`,
    ],
  ];
  return findings.filter(([found]) => found).map(([, line]) => line);
}

function evicts({ maxmemoryPolicy, maxmemoryBytes }: RedisInfo): boolean {
  return maxmemoryPolicy !== undefined && maxmemoryPolicy !== 'noeviction' && maxmemoryBytes !== 0;
}

/** @param value a string that starts with epoch ms */
function secondsSince(value: string | null, nowMs: number): number | undefined {
  const atMs = Number.parseInt(value ?? '', 10);
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.round((nowMs - atMs) / 1000));
}
