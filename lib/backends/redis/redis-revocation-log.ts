import { Deadline } from '../../resilience/timeout.js';
import type {
  Revocation,
  RevocationSubscriber,
  RevocationSubscription,
} from '../../store/revocation.js';
import { withCommandTimeout } from './commands/command-timeout.js';
import { createBlockingClient } from './connection/connect.js';
import type { RedisClient } from './connection/redis-client.js';
import type { RedisKeys } from './codec/redis-keys.js';
import { encodeRevocation } from './codec/revocation-codec.js';
import { RevocationReader } from './revocation-reader.js';
import type { ScriptRunner } from './commands/script-runner.js';
import { PUBLISH } from './scripts/publish.js';
import { RAISE_EPOCH } from './scripts/raise-epoch.js';
import { timers } from '../../core/timers.js';

export interface RevocationSettings {
  /** Time for which revocations are kept. If absent, the publisher does not know it and drops none. */
  readonly windowMs?: number;
  readonly maxStalenessMs: number;
  /** Number of replicas that must receive a revocation before it is acknowledged. */
  readonly waitReplicas: number;
}

/** Shorter than the timeout of a call, so that the outcome is known when the call ends. */
const REPLICAS_TIMEOUT_MS = 400;
const REPLICAS_PAUSE_MS = 10;

/** The revocation log in Redis, and the epoch. Both are shared by all users. */
export class RedisRevocationLog {
  constructor(
    private readonly client: RedisClient,
    private readonly scripts: ScriptRunner,
    private readonly keys: RedisKeys,
    private readonly settings: RevocationSettings,
  ) {}

  async publish(revocations: readonly Revocation[]): Promise<void> {
    await this.#add(revocations.map(encodeRevocation));
  }

  /** Drops entries older than the window, which otherwise happens at the next publish. */
  async trim(): Promise<void> {
    await this.#add([]);
  }

  subscribe(subscriber: RevocationSubscriber): RevocationSubscription {
    // A third: one read without a result and the next read have to fit into the maximum staleness of a node.
    const blockMs = Math.floor(this.settings.maxStalenessMs / 3);
    const options = {
      client: createBlockingClient(this.client, blockMs),
      key: this.keys.revocations,
      blockMs,
      createStream: () => this.#add([['began', '']]),
      raiseEpoch: (atLeast: number) => this.raiseEpoch(atLeast),
    };
    return new RevocationReader(options, subscriber);
  }

  async epoch(): Promise<number> {
    return Number(await withCommandTimeout(this.client.get(this.keys.epoch)));
  }

  async raiseEpoch(atLeast: number): Promise<number> {
    const known = await this.epoch();
    if (known >= atLeast) return known;
    const key = this.keys.epoch;
    const epoch = await this.scripts.run<number>(
      RAISE_EPOCH,
      [key, this.keys.revocations],
      [atLeast],
    );
    await this.waitForReplicas(key);
    return epoch;
  }

  /** @throws Error when fewer replicas than required have received the last write to the node of this key */
  async waitForReplicas(key: string): Promise<void> {
    const { waitReplicas } = this.settings;
    if (waitReplicas === 0) return;
    const deadline = new Deadline(REPLICAS_TIMEOUT_MS);
    for (;;) {
      // WAIT has no key: in a pipeline with a command that has one, it goes to the same node and connection. It blocks
      // the requests that share the connection, so this polls instead of waiting.
      const commands = this.client.pipeline().exists(key).wait(waitReplicas, 1);
      const [, [error, replicas] = [null, 0]] = (await withCommandTimeout(commands.exec())) ?? [];
      if (error) throw error;
      if (Number(replicas) >= waitReplicas) return;
      if (deadline.passed) {
        throw new Error(`${String(replicas)} of ${waitReplicas} replicas have the revocation`);
      }
      await timers.sleep(REPLICAS_PAUSE_MS);
    }
  }

  async #add(fields: readonly [type: string, value: string][]): Promise<void> {
    const key = this.keys.revocations;
    await this.scripts.run(PUBLISH, [key], [this.settings.windowMs ?? '', ...fields.flat()]);
    await this.waitForReplicas(key);
  }
}
