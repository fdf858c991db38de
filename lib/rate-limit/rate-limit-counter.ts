/** Requests in the current window of a key, and milliseconds until it ends. */
export type CountResult = readonly [count: number, resetMs: number];

/** Counts of all nodes together. */
export interface RateLimitCounter {
  /** Adds one request to the current window of `key`, which starts with its first request. */
  count(key: string, windowMs: number): Promise<CountResult>;
}
