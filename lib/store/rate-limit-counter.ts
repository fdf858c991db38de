/** Requests in the current window of a key, and milliseconds until it ends. */
export type RateLimitCount = readonly [count: number, resetMs: number];

/** Counts requests of all nodes together. Without one, each process counts for itself. */
export abstract class RateLimitCounter {
  /**
   * Adds one request to the current window of `key`, in one atomic step. The window starts with its first request.
   * @returns the count including this request, and the milliseconds until the window ends
   */
  abstract count(key: string, windowMs: number): Promise<RateLimitCount>;
}
