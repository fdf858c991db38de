import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Clock } from '../../core/clock.js';
import { SessionConfigError } from '../../core/session-config-error.js';
import { within } from '../../sessions/deadline.js';
import { tagOf } from '../../sessions/handle.js';
import type { SessionRecord } from '../../sessions/session-record.js';
import { type CreateOutcome, type SessionCap, SessionStore } from '../../sessions/session-store.js';
import { type OpenClient, openClient } from './open-client.js';
import { decodeRecord, encodeRecord, encodeTime, encodeVersion } from './record-codec.js';
import type { RedisClient, RedisConnection } from './redis-client.js';
import { RedisKeys } from './redis-keys.js';
import { CREATE } from './scripts/create.js';
import { DELETE } from './scripts/delete.js';
import { DELETE_ALL } from './scripts/delete-all.js';
import { LIST } from './scripts/list.js';
import { MOVE } from './scripts/move.js';
import { REPLACE } from './scripts/replace.js';
import { type Script, ScriptRunner } from './script-runner.js';
import { TOUCH } from './scripts/touch.js';

/** How long Redis may take to answer for the first time. */
const START_MS = 2000;
const MOST_CLOCK_SKEW_MS = 5000;
const SCAN_COUNT = 1000;
/** Each round leaves a fraction of the sessions that move all the time. */
const MOST_ROUNDS = 10;

/** Sessions in Redis 7 or Valkey: one server, Sentinel or Cluster. Each method is one command, so one round trip. */
export class RedisSessionStore extends SessionStore implements OnModuleInit, OnApplicationShutdown {
  readonly #open: OpenClient;
  readonly #scripts: ScriptRunner;
  readonly #keys: RedisKeys;

  /**
   * @param keyPrefix start of every key
   * @throws SessionConfigError for a connection that cannot work
   */
  constructor(
    connection: RedisConnection,
    keyPrefix: string,
    private readonly clock: Clock,
  ) {
    super();
    this.#open = openClient(connection);
    this.#scripts = new ScriptRunner(this.#open.client);
    this.#keys = new RedisKeys(keyPrefix);
  }

  /** The connection, for what is kept beside the sessions. */
  get client(): RedisClient {
    return this.#open.client;
  }

  /**
   * Waits for the first answer and follows the clock of Redis.
   * @throws SessionConfigError when Redis cannot be reached or used
   */
  async onModuleInit(): Promise<void> {
    try {
      this.clock.follow(await this.#clockOffsetMs());
      await this.ping();
    } catch (error) {
      this.#open.close();
      throw error instanceof SessionConfigError ? error : this.#unusable(error);
    }
  }

  onApplicationShutdown(): void {
    this.#open.close();
  }

  async create(record: SessionRecord, cap: SessionCap): Promise<CreateOutcome> {
    const { handle, userId } = record;
    const answer = await this.#scripts.run<0 | string[]>(
      CREATE,
      [this.#keys.record(handle), this.#keys.index(userId)],
      [
        encodeRecord(record),
        handle,
        this.#now(),
        cap.max,
        cap.onMax,
        this.#keys.recordPrefix(tagOf(handle)),
      ],
    );
    return answer === 0 ? { created: false } : { created: true, evicted: answer };
  }

  async read(handle: string): Promise<SessionRecord | null> {
    const value = await this.#open.client.get(this.#keys.record(handle));
    return value === null ? null : decodeRecord(value);
  }

  async replace(record: SessionRecord, expectedVersion: number): Promise<boolean> {
    const { handle, userId } = record;
    return this.#did(
      REPLACE,
      [this.#keys.record(handle), this.#keys.index(userId)],
      [encodeRecord(record), handle, this.#now(), encodeVersion(expectedVersion)],
    );
  }

  async move(oldHandle: string, record: SessionRecord, expectedVersion: number): Promise<boolean> {
    const { handle, userId } = record;
    return this.#did(
      MOVE,
      [this.#keys.record(oldHandle), this.#keys.record(handle), this.#keys.index(userId)],
      [encodeRecord(record), handle, this.#now(), encodeVersion(expectedVersion), oldHandle],
    );
  }

  async touch(handle: string, lastSeenAtMs: number): Promise<boolean> {
    return this.#did(
      TOUCH,
      [this.#keys.record(handle)],
      [encodeTime(lastSeenAtMs), handle, this.#now(), this.#keys.indexPrefix(tagOf(handle))],
    );
  }

  async delete(handle: string): Promise<boolean> {
    return this.#did(
      DELETE,
      [this.#keys.record(handle)],
      [handle, this.#now(), this.#keys.indexPrefix(tagOf(handle))],
    );
  }

  deleteAll(userId: string, exceptHandle = ''): Promise<string[]> {
    const index = this.#keys.index(userId);
    return this.#scripts.run<string[]>(
      DELETE_ALL,
      [index],
      [this.#keys.recordPrefixOf(userId), exceptHandle, this.#now()],
    );
  }

  /**
   * SCAN returns every key that is there from its start to its end, and may miss a session whose handle changes
   * meanwhile: rounds go on until one finds nothing. Sessions end one by one: an index that was deleted as a whole would
   * take the login with it that has just entered it.
   */
  async deleteEveryone(): Promise<void> {
    const { client } = this.#open;
    const masters = 'nodes' in client ? client.nodes('master') : [client];
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const ended = await Promise.all(masters.map((master) => this.#deleteAllOn(master)));
      if (ended.every((count) => count === 0)) return;
    }
  }

  async list(userId: string): Promise<SessionRecord[]> {
    const values = await this.#scripts.run<string[]>(
      LIST,
      [this.#keys.index(userId)],
      [this.#keys.recordPrefixOf(userId)],
    );
    return values.flatMap((value) => decodeRecord(value) ?? []);
  }

  /** Runs a script that finds nothing, which proves more than PING: that scripts are understood and allowed. */
  async ping(): Promise<void> {
    await this.list('');
  }

  async #deleteAllOn(master: RedisClient): Promise<number> {
    let ended = 0;
    let cursor = '0';
    do {
      const [next, keys] = await master.scan(
        cursor,
        'MATCH',
        this.#keys.everyRecord,
        'COUNT',
        SCAN_COUNT,
      );
      const deleted = keys.map((key) => this.delete(this.#keys.handleIn(key)));
      ended += (await Promise.all(deleted)).filter(Boolean).length;
      cursor = next;
    } while (cursor !== '0');
    return ended;
  }

  async #did(script: Script, keys: string[], args: (string | number)[]): Promise<boolean> {
    return (await this.#scripts.run<0 | 1>(script, keys, args)) === 1;
  }

  #now(): number {
    return this.clock.nowMs();
  }

  async #clockOffsetMs(): Promise<number> {
    const sentMs = Date.now();
    const [seconds, microseconds] = await this.#firstAnswer();
    const redisMs = Number(seconds) * 1000 + Number(microseconds) / 1000;
    const offsetMs = Math.round(redisMs - (sentMs + Date.now()) / 2);
    if (Math.abs(offsetMs) > MOST_CLOCK_SKEW_MS) {
      const message = `the clock of Redis is ${offsetMs} ms from the one of this machine; 5000 ms is the most, synchronise them with NTP`;
      throw new SessionConfigError([{ path: 'redis', message }]);
    }
    return offsetMs;
  }

  /** A server that is just starting may refuse the first attempts. */
  async #firstAnswer(): Promise<unknown[]> {
    const endsAtMs = performance.now() + START_MS;
    for (;;) {
      try {
        const remainingMs = Math.max(1, endsAtMs - performance.now());
        return await within(remainingMs, this.#open.client.time());
      } catch (error) {
        if (performance.now() >= endsAtMs) throw error;
        await sleep(50);
      }
    }
  }

  #unusable(error: unknown): SessionConfigError {
    const reason =
      this.#open.lastError() ?? (error instanceof Error ? error.message : 'unknown error');
    const message = `cannot use ${this.#open.address} (${reason}); start Redis 7 or Valkey there, correct the redis option, or leave it out to keep sessions in memory`;
    return new SessionConfigError([{ path: 'redis', message }]);
  }
}
