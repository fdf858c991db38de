import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import {
  Clock,
  type RedisBackend,
  redisBackend,
  type RedisConnection,
  type RevocationSubscription,
} from 'nestjs-session-kit';
import { STORE_CALL_MS, withTimeout } from '../../../lib/resilience/timeout.js';
import { newHandle } from '../../../lib/rules/handle.js';
import type { ResolvedOptions } from '../../../lib/options/resolved-options.js';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { RevocationCache } from '../../../lib/revocation/revocation-cache.js';
import type { AccessClaims } from '../../../lib/jwt/token-claims.js';
import { eventually } from '../../support/eventually.js';
import { SECRET } from '../../support/test-app.js';

const QUARTER_MS = 900_000;
const LOOK_EVERY_MS = 5;

/** A session with an access token that was issued now. */
export interface SomeSession {
  readonly handle: string;
  readonly claims: AccessClaims;
}

export interface FollowedSetup {
  /** Where revocations are published. */
  readonly redis: RedisConnection;
  /** The same Redis through another connection, for the cache. */
  readonly way?: RedisConnection;
  /** Sessions that end before the cache starts. */
  readonly endedBefore?: number;
  /** Default: 1000. */
  readonly maxStalenessMs?: number;
  /** The start of an existing stream. Default: a new one. */
  readonly keyPrefix?: string;
}

/**
 * A revocation cache that follows a stream in Redis, like one node, and a store that publishes,
 * like another node. Checks continuously that an acknowledged revocation is known within
 * `maxStalenessMs`, or the store is asked.
 */
export class Followed {
  readonly cache: RevocationCache;
  readonly #revocation: ResolvedOptions['revocation'];
  readonly keyPrefix: string;
  readonly #acknowledged: (SomeSession & { readonly atMs: number })[] = [];
  readonly #promised = setInterval(() => this.#look(), LOOK_EVERY_MS);
  readonly #broken: string[] = [];
  readonly #there: RedisBackend;
  readonly #here: RedisBackend;
  #subscription: RevocationSubscription | undefined;

  /** @param setup connections and options */
  constructor(
    private readonly look: Redis,
    private readonly setup: FollowedSetup,
  ) {
    const { redis, way = redis, maxStalenessMs = 1000 } = setup;
    const options = resolveOptions({ secret: SECRET, revocation: { maxStalenessMs } }, false);
    this.#revocation = options.revocation;
    this.cache = new RevocationCache(new Clock(), options);
    this.keyPrefix = setup.keyPrefix ?? `sk-${randomUUID()}:`;
    this.#there = this.#backend(redis);
    this.#here = this.#backend(way);
  }

  get key(): string {
    return `${this.keyPrefix}revocations`;
  }

  /** Starts to follow a stream that is older than every token of the test. */
  async start(): Promise<this> {
    if (!this.setup.keyPrefix) {
      await this.look.xadd(this.key, `${Date.now() - QUARTER_MS}-0`, 'began', '');
    }
    await this.end(this.setup.endedBefore ?? 0);
    this.#subscription = await this.#here.revocationLog.subscribe(this.cache);
    return this;
  }

  /** Creates sessions and ends them. Resolves when the revocations are acknowledged. */
  async end(count = 1): Promise<SomeSession[]> {
    const ended = Array.from({ length: count }, session);
    const publishing = this.#there.revocationLog.publish(
      ended.map(({ handle }) => ({ type: 'session', handle })),
    );
    // As in an application: a command whose connection broke may never settle by itself.
    await withTimeout(STORE_CALL_MS, publishing);
    const atMs = performance.now();
    this.#acknowledged.push(...ended.map((one) => ({ ...one, atMs })));
    return ended;
  }

  /**
   * Waits until the cache is up to date and decides correctly about tokens issued now: `valid` if
   * no entries are missing since then, undefined if the store has to decide.
   */
  async judgesNewTokens(verdict: 'valid' | undefined): Promise<void> {
    await eventually(
      () => [this.cache.state().fresh, this.cache.decide(session().claims)],
      ([fresh, said]) => fresh === true && said === verdict,
    );
  }

  /** Waits until the cache knows all revocations of these sessions. */
  async knows(ended: readonly SomeSession[]): Promise<void> {
    await eventually(
      () => ended.filter(({ claims }) => this.cache.decide(claims) !== 'ended').length,
      (unknown) => unknown === 0,
    );
  }

  /** Acknowledged revocations that were unknown too late, although the cache was fresh. */
  get brokenPromises(): readonly string[] {
    this.#look();
    return this.#broken;
  }

  async close(): Promise<void> {
    clearInterval(this.#promised);
    await this.#subscription?.close();
    for (const backend of [this.#there, this.#here]) await backend.onApplicationShutdown();
  }

  #look(): void {
    const dueMs = performance.now() - this.#revocation.maxStalenessMs;
    for (const { atMs, claims } of this.#acknowledged) {
      if (atMs < dueMs && this.cache.decide(claims) === 'valid') this.#broken.push(claims.sid);
    }
  }

  #backend(connection: RedisConnection): RedisBackend {
    const { keyPrefix } = this;
    return redisBackend(connection, {
      clock: new Clock(),
      keyPrefix,
      revocation: this.#revocation,
    });
  }
}

/** A live session. */
export function session(): SomeSession {
  const handle = newHandle(randomUUID());
  const iat = Math.floor(Date.now() / 1000);
  const claims = { sid: handle, jti: randomUUID(), cver: 0, epoch: 0, iat, exp: iat + 3600 };
  return { handle, claims: claims as AccessClaims };
}
