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
  /** How long revocations are kept; absent: who announces does not know, and drops none. */
  readonly windowMs?: number;
  readonly maxStalenessMs: number;
  /** Replicas that must have what ends sessions before it counts as done. */
  readonly waitReplicas: number;
}

/** Less than a call may take, so that what happened is known when it is over. */
const REPLICAS_TIMEOUT_MS = 400;
const REPLICAS_PAUSE_MS = 10;

/** What all users share in Redis: the stream of revocations and the epoch. */
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

  /** Drops what is too old to matter, which otherwise happens with the next announcement. */
  async trim(): Promise<void> {
    await this.#add([]);
  }

  subscribe(subscriber: RevocationSubscriber): RevocationSubscription {
    // A third: one read that waits in vain and the next one have to fit into the time that a node may be behind.
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

  /** @throws Error when fewer replicas than wanted have what was just written to the node of this key */
  async waitForReplicas(key: string): Promise<void> {
    const { waitReplicas } = this.settings;
    if (waitReplicas === 0) return;
    const deadline = new Deadline(REPLICAS_TIMEOUT_MS);
    for (;;) {
      // WAIT has no key of its own: beside a command that has one, it goes to the same node and connection. It holds up
      // the requests that share the connection, so it is asked again and again and not left to wait.
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
