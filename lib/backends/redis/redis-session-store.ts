import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { Clock } from '../../core/clock.js';
import { errorMessage } from '../../core/escape-control-characters.js';
import { SessionConfigError } from '../../core/session-config-error.js';
import { tagOf } from '../../rules/handle.js';
import type {
  Revocation,
  RevocationSubscriber,
  RevocationSubscription,
} from '../../store/revocation.js';
import type { SessionRecord } from '../../rules/session-record.js';
import {
  type CreateOutcome,
  type SessionLimit,
  SessionStore,
  type SweepOptions,
  type SweepStep,
  FORWARD_MS,
} from '../../store/session-store.js';
import { withCommandTimeout } from './commands/command-timeout.js';
import { batchKeys } from './commands/batch-keys.js';
import { type ManagedClient, connect } from './connection/connect.js';
import { decodeRecord, encodeRecord, encodeTime, encodeVersion } from './codec/record-codec.js';
import { mastersOf, type RedisClient, type RedisConnection } from './connection/redis-client.js';
import { RedisClock } from './connection/redis-clock.js';
import { readRedisInfo, type RedisInfo } from './connection/redis-info.js';
import { RedisKeys } from './codec/redis-keys.js';
import { scanKeys } from './commands/scan-keys.js';
import { RedisRevocationLog, type RevocationSettings } from './redis-revocation-log.js';
import { redisDeleteBeforeEpoch } from './redis-delete-before-epoch.js';
import { redisSweep, type SweepAges, sweepAges, type SweepContext } from './redis-sweep.js';
import { RedisUnusableError } from './connection/redis-unusable-error.js';
import { CREATE } from './scripts/create.js';
import { DELETE } from './scripts/delete.js';
import { DELETE_BY_USER } from './scripts/delete-by-user.js';
import { LIST } from './scripts/list.js';
import { LOCATE } from './scripts/locate.js';
import { MOVE } from './scripts/move.js';
import { REPLACE } from './scripts/replace.js';
import { type Script, ScriptRunner } from './commands/script-runner.js';
import { TOUCH } from './scripts/touch.js';

/**
 * Sessions in Redis 7 or Valkey: one server, Sentinel or Cluster. A request needs one command, and therefore one round
 * trip. Every call settles: a command that Redis does not answer within 5 s rejects with an Error, although it may have
 * been applied.
 */
export class RedisSessionStore extends SessionStore implements OnModuleInit, OnApplicationShutdown {
  readonly #connection: ManagedClient;
  readonly #scripts: ScriptRunner;
  readonly #readValue: (key: string) => Promise<string | null>;
  readonly #keys: RedisKeys;
  readonly #revocationLog: RedisRevocationLog;
  readonly #redisClock: RedisClock;

  /**
   * @param keyPrefix prefix of every key
   * @param revocation resolved option of this name
   * @throws SessionConfigError for an invalid connection
   */
  constructor(
    connection: RedisConnection,
    keyPrefix: string,
    private readonly clock: Clock,
    revocation: RevocationSettings = { maxStalenessMs: 1000, waitReplicas: 0 },
  ) {
    super();
    this.#connection = connect(connection);
    this.#scripts = new ScriptRunner(this.#connection.client);
    this.#keys = new RedisKeys(keyPrefix);
    const { client } = this.#connection;
    this.#readValue = batchKeys(client, (keys) => withCommandTimeout(client.mget(keys)));
    this.#redisClock = new RedisClock(client, clock);
    this.#revocationLog = new RedisRevocationLog(client, this.#scripts, this.#keys, revocation);
  }

  /** The connection, for data other than sessions. */
  get client(): RedisClient {
    return this.#connection.client;
  }

  /** The last error of the connection, for messages. */
  get lastError(): string | undefined {
    return this.#connection.lastError();
  }

  /**
   * Waits for the first answer and follows the clock of Redis.
   * @throws SessionConfigError when Redis cannot be reached or used
   */
  async onModuleInit(): Promise<void> {
    try {
      await this.#redisClock.start();
      await this.ping();
    } catch (error) {
      this.onApplicationShutdown();
      throw error instanceof SessionConfigError ? error : this.#unusableError(error);
    }
  }

  onApplicationShutdown(): void {
    this.#redisClock.stop();
    this.#connection.close();
  }

  async create(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome> {
    const { handle, userId } = record;
    const answer = await this.#scripts.run<0 | string[]>(
      CREATE,
      [this.#keys.record(handle), this.#keys.index(userId)],
      [
        encodeRecord(record),
        handle,
        this.#now(),
        limit.maxPerUser,
        limit.onLimitReached,
        this.#keys.recordPrefix(tagOf(handle)),
      ],
    );
    return answer === 0 ? { created: false } : { created: true, evicted: answer };
  }

  read(handle: string): Promise<SessionRecord | null> {
    return this.#readValue(this.#keys.record(handle)).then(decodeFound);
  }

  async locate(handle: string): Promise<SessionRecord | null> {
    const tag = tagOf(handle);
    const value = await this.#scripts.run<string | null>(
      LOCATE,
      [this.#keys.forward(handle)],
      [handle, this.#keys.forwardPrefix(tag), this.#keys.recordPrefix(tag)],
    );
    return decodeFound(value);
  }

  async replace(record: SessionRecord, expectedVersion: number): Promise<boolean> {
    const { handle, userId } = record;
    return this.#write(
      REPLACE,
      [this.#keys.record(handle), this.#keys.index(userId)],
      [encodeRecord(record), handle, this.#now(), encodeVersion(expectedVersion)],
    );
  }

  async move(oldHandle: string, record: SessionRecord, expectedVersion: number): Promise<boolean> {
    const { handle, userId } = record;
    return this.#write(
      MOVE,
      [
        this.#keys.record(oldHandle),
        this.#keys.record(handle),
        this.#keys.index(userId),
        this.#keys.forward(oldHandle),
      ],
      [
        encodeRecord(record),
        handle,
        this.#now(),
        encodeVersion(expectedVersion),
        oldHandle,
        FORWARD_MS,
      ],
    );
  }

  async touch(handle: string, lastSeenAtMs: number): Promise<boolean> {
    return this.#write(
      TOUCH,
      [this.#keys.record(handle)],
      [encodeTime(lastSeenAtMs), handle, this.#now(), this.#keys.indexPrefix(tagOf(handle))],
    );
  }

  async delete(handle: string): Promise<string | null> {
    const tag = tagOf(handle);
    const key = this.#keys.forward(handle);
    const ended = await this.#scripts.run<string | null>(
      DELETE,
      [key],
      [
        handle,
        this.#now(),
        this.#keys.forwardPrefix(tag),
        this.#keys.recordPrefix(tag),
        this.#keys.indexPrefix(tag),
      ],
    );
    await this.#revocationLog.waitForReplicas(key);
    return ended;
  }

  async deleteByUser(userId: string, exceptHandle = ''): Promise<string[]> {
    const index = this.#keys.index(userId);
    const ended = await this.#scripts.run<string[]>(
      DELETE_BY_USER,
      [index],
      [
        this.#keys.recordPrefixOf(userId),
        exceptHandle,
        this.#now(),
        this.#keys.forwardPrefixOf(userId),
      ],
    );
    await this.#revocationLog.waitForReplicas(index);
    return ended;
  }

  async deleteBeforeEpoch(beforeEpoch: number): Promise<void> {
    const steps = this.deleteBeforeEpochInSteps(beforeEpoch)[Symbol.asyncIterator]();
    while (!(await steps.next()).done);
  }

  /** Like `deleteBeforeEpoch`, but yields the number of sessions that each batch ended, to report progress. */
  async *deleteBeforeEpochInSteps(beforeEpoch: number): AsyncIterable<number> {
    yield* redisDeleteBeforeEpoch(this.#sweepParts, await this.#masters(), beforeEpoch);
  }

  epoch(): Promise<number> {
    return this.#revocationLog.epoch();
  }

  raiseEpoch(atLeast: number): Promise<number> {
    return this.#revocationLog.raiseEpoch(atLeast);
  }

  publish(revocations: readonly Revocation[]): Promise<void> {
    return this.#revocationLog.publish(revocations);
  }

  async subscribe(subscriber: RevocationSubscriber): Promise<RevocationSubscription> {
    return this.#revocationLog.subscribe(subscriber);
  }

  /**
   * Counts in batches. A user is counted while the index exists, that is, until the sweep after the last session
   * expired.
   */
  async *count(): AsyncIterable<{ readonly sessions: number; readonly users: number }> {
    for (const master of await this.#masters()) {
      for await (const keys of scanKeys(master, this.#keys.everyRecordAndIndex)) {
        const sessions = keys.filter((key) => this.#keys.isRecord(key)).length;
        yield { sessions, users: keys.length - sessions };
      }
    }
  }

  /**
   * Returns the number of keys in the whole database, including those of other applications. Sizes the progress bar.
   */
  async keyCount(): Promise<number> {
    const masters = await this.#masters();
    const counts = await Promise.all(masters.map((master) => withCommandTimeout(master.dbsize())));
    return counts.reduce((total, count) => total + count, 0);
  }

  async list(userId: string): Promise<SessionRecord[]> {
    const values = await this.#scripts.run<string[]>(
      LIST,
      [this.#keys.index(userId)],
      [this.#keys.recordPrefixOf(userId)],
    );
    return values.flatMap((value) => decodeRecord(value) ?? []);
  }

  sweep(options: SweepOptions): AsyncIterable<SweepStep> {
    return redisSweep(this.#sweepParts, options);
  }

  /** @internal Returns the times of sweeps on any node. */
  sweepAges(): Promise<SweepAges> {
    return sweepAges(this.#sweepParts);
  }

  /** @internal Returns the facts from which the start-up checks judge the configuration of Redis. */
  async info(): Promise<RedisInfo & { readonly clockOffsetMs: number }> {
    const [master = this.#connection.client] = await this.#masters();
    return { ...(await readRedisInfo(master)), clockOffsetMs: this.#redisClock.offsetMs };
  }

  /** Runs a script that finds nothing. Unlike PING, it proves that scripts are supported and allowed. */
  async ping(): Promise<void> {
    await this.list('');
  }

  get #sweepParts(): SweepContext {
    return {
      client: this.#connection.client,
      scripts: this.#scripts,
      keys: this.#keys,
      nowMs: () => this.#now(),
      prepare: async () => {
        await this.#redisClock.measure();
        await this.#revocationLog.trim();
      },
    };
  }

  /** A Cluster client knows its nodes only when connected, which its first command ensures. */
  async #masters(): Promise<readonly RedisClient[]> {
    await this.ping();
    return mastersOf(this.#connection.client);
  }

  async #write(script: Script, keys: string[], args: (string | number)[]): Promise<boolean> {
    return (await this.#scripts.run<0 | 1>(script, keys, args)) === 1;
  }

  #now(): number {
    return this.clock.nowMs();
  }

  #unusableError(error: unknown): SessionConfigError {
    return new RedisUnusableError(this.#connection.address, this.lastError ?? errorMessage(error));
  }
}

function decodeFound(value: string | null): SessionRecord | null {
  return value === null ? null : decodeRecord(value);
}
