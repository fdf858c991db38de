import { tagOf } from '../../rules/handle.js';
import type { SessionRecord } from '../../rules/session-record.js';
import {
  type CreateOutcome,
  type SessionLimit,
  SessionStore,
  type SweepOptions,
  type SweepStep,
  FORWARD_MS,
} from '../../store/session-store.js';
import { decodeRecord, encodeRecord, encodeTime, encodeVersion } from './codec/record-codec.js';
import type { RedisKeys } from './codec/redis-keys.js';
import { batchKeys } from './commands/batch-keys.js';
import { withCommandTimeout } from './commands/command-timeout.js';
import type { Script } from './commands/script-runner.js';
import { waitForReplicas } from './commands/wait-for-replicas.js';
import type { RedisClock } from './connection/redis-clock.js';
import { listRecords, pingScripts, type RedisContext } from './redis-context.js';
import { redisDeleteBeforeEpoch } from './redis-delete-before-epoch.js';
import type { RedisRevocationLog } from './redis-revocation-log.js';
import { redisSweep } from './redis-sweep.js';
import { CREATE } from './scripts/create.js';
import { DELETE } from './scripts/delete.js';
import { DELETE_BY_USER } from './scripts/delete-by-user.js';
import { LOCATE } from './scripts/locate.js';
import { MOVE } from './scripts/move.js';
import { REPLACE } from './scripts/replace.js';
import { TOUCH } from './scripts/touch.js';

/**
 * Sessions in Redis 7 or Valkey: one server, Sentinel or Cluster. A request needs one command, and therefore one round
 * trip. Every call settles: a command that Redis does not answer within 5 s rejects with an Error, although it may have
 * been applied.
 */
export class RedisSessionStore extends SessionStore {
  readonly #readValue: (key: string) => Promise<string | null>;

  constructor(
    private readonly context: RedisContext,
    private readonly log: RedisRevocationLog,
    private readonly redisClock: RedisClock,
  ) {
    super();
    const { client } = context;
    this.#readValue = batchKeys(client, (keys) => withCommandTimeout(client.mget(keys)));
  }

  async create(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome> {
    const { handle, userId } = record;
    const answer = await this.context.scripts.run<0 | string[]>(
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
    const value = await this.context.scripts.run<string | null>(
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
    const ended = await this.context.scripts.run<string | null>(
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
    await waitForReplicas(this.context, key);
    return ended;
  }

  async deleteByUser(userId: string, exceptHandle = ''): Promise<string[]> {
    const index = this.#keys.index(userId);
    const ended = await this.context.scripts.run<string[]>(
      DELETE_BY_USER,
      [index],
      [
        this.#keys.recordPrefixOf(userId),
        exceptHandle,
        this.#now(),
        this.#keys.forwardPrefixOf(userId),
      ],
    );
    await waitForReplicas(this.context, index);
    return ended;
  }

  async deleteBeforeEpoch(beforeEpoch: number): Promise<void> {
    const steps = redisDeleteBeforeEpoch(this.context, beforeEpoch)[Symbol.asyncIterator]();
    while (!(await steps.next()).done);
  }

  epoch(): Promise<number> {
    return this.log.epoch();
  }

  raiseEpoch(atLeast: number): Promise<number> {
    return this.log.raiseEpoch(atLeast);
  }

  async list(userId: string): Promise<SessionRecord[]> {
    const values = await listRecords(this.context, userId);
    return values.flatMap((value) => decodeRecord(value) ?? []);
  }

  sweep(options: SweepOptions): AsyncIterable<SweepStep> {
    // A sweep ends sessions by time, so the clock has to be correct.
    const prepare = async (): Promise<void> => {
      await this.redisClock.measure();
      await this.log.trim();
    };
    return redisSweep(this.context, options, prepare);
  }

  ping(): Promise<void> {
    return pingScripts(this.context);
  }

  async #write(script: Script, keys: string[], args: (string | number)[]): Promise<boolean> {
    return (await this.context.scripts.run<0 | 1>(script, keys, args)) === 1;
  }

  get #keys(): RedisKeys {
    return this.context.keys;
  }

  #now(): number {
    return this.context.clock.nowMs();
  }
}

function decodeFound(value: string | null): SessionRecord | null {
  return value === null ? null : decodeRecord(value);
}
