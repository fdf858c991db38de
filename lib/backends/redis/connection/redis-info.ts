import { STORE_CALL_MS, withTimeout } from '../../../resilience/timeout.js';
import type { RedisClient } from './redis-client.js';
import { timers } from '../../../core/timers.js';

/**
 * Facts that Redis reports about itself; a fact is undefined if it is not available, for example because an ACL forbids
 * the command.
 */
export interface RedisInfo {
  readonly maxmemoryPolicy: string | undefined;
  /** 0: no limit. */
  readonly maxmemoryBytes: number | undefined;
  /** Whether Redis writes to disk, by append-only file or snapshots. */
  readonly persistent: boolean | undefined;
}

/** Time for which a start retries while Redis refuses or fails. */
const START_TIMEOUT_MS = 2000;
/** Maximum time of one attempt: the first connection, on a machine where all services start at once. */
const FIRST_ANSWER_TIMEOUT_MS = 5000;
const PAUSE_MS = 50;

export interface ClockOffset {
  /** The clock of Redis minus that of this machine, in milliseconds. */
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

/** @throws the error of the client, or a TimeoutError if no answer arrives in time */
export async function clockOffset(
  client: RedisClient,
  withinMs = STORE_CALL_MS,
): Promise<ClockOffset> {
  const sentMs = Date.now();
  const [seconds, microseconds] = await withTimeout(withinMs, client.time());
  const receivedMs = Date.now();
  const redisMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
  return {
    offsetMs: Math.round(redisMs - (sentMs + receivedMs) / 2),
    roundTripMs: receivedMs - sentMs,
  };
}

/**
 * Like `clockOffset`, for a server that may be starting.
 * @throws the error of the last attempt
 */
export async function firstClockOffset(client: RedisClient): Promise<number> {
  const endsAtMs = timers.monotonicMs() + START_TIMEOUT_MS;
  for (;;) {
    try {
      const { offsetMs } = await clockOffset(client, FIRST_ANSWER_TIMEOUT_MS);
      return offsetMs;
    } catch (error) {
      if (timers.monotonicMs() >= endsAtMs) throw error;
      await timers.sleep(PAUSE_MS);
    }
  }
}

export async function readRedisInfo(client: RedisClient): Promise<RedisInfo> {
  const text = await withTimeout(STORE_CALL_MS, client.info()).catch(() => '');
  const info = new Map(text.split('\r\n').map((line) => line.split(':', 2) as [string, string]));
  const limit = info.get('maxmemory');
  const append = info.get('aof_enabled');
  const persistent = append === '1' ? true : await makesSnapshots(client);
  return {
    maxmemoryPolicy: info.get('maxmemory_policy'),
    maxmemoryBytes: limit === undefined ? undefined : Number(limit),
    persistent: append === undefined ? undefined : persistent,
  };
}

async function makesSnapshots(client: RedisClient): Promise<boolean | undefined> {
  const answer = await withTimeout(STORE_CALL_MS, client.config('GET', 'save')).catch(
    () => undefined,
  );
  return Array.isArray(answer) ? answer[1] !== '' : undefined;
}
