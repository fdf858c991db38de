import type {
  Revocation,
  RevocationSubscriber,
  RevocationSubscription,
} from '../../store/revocation.js';
import { encodeRevocation } from '../../store/log/revocation-codec.js';
import { RevocationReadLoop } from '../../store/log/revocation-read-loop.js';
import { RevocationLog } from '../../store/revocation-log.js';
import { withCommandTimeout } from './commands/command-timeout.js';
import { waitForReplicas } from './commands/wait-for-replicas.js';
import { createBlockingClient } from './connection/blocking-client.js';
import type { RedisContext } from './redis-context.js';
import { RevocationReader } from './revocation-reader.js';
import { PUBLISH } from './scripts/publish.js';
import { RAISE_EPOCH } from './scripts/raise-epoch.js';

/** The revocation log in Redis, and the epoch, which is published with it. Both are shared by all users. */
export class RedisRevocationLog extends RevocationLog {
  constructor(private readonly context: RedisContext) {
    super();
  }

  async publish(revocations: readonly Revocation[]): Promise<void> {
    await this.#add(revocations.map(encodeRevocation));
  }

  /** Drops entries older than the window, which otherwise happens at the next publish. */
  async trim(): Promise<void> {
    await this.#add([]);
  }

  async subscribe(subscriber: RevocationSubscriber): Promise<RevocationSubscription> {
    const { client, keys, revocation } = this.context;
    // A third: one read without a result and the next read have to fit into the maximum staleness of a node.
    const blockMs = Math.floor(revocation.maxStalenessMs / 3);
    const options = {
      client: createBlockingClient(client, blockMs),
      key: keys.revocations,
      blockMs,
      createStream: () => this.#add([['began', '']]),
      raiseEpoch: (atLeast: number) => this.raiseEpoch(atLeast),
    };
    return new RevocationReadLoop(new RevocationReader(options, subscriber));
  }

  async epoch(): Promise<number> {
    const { client, keys } = this.context;
    return Number(await withCommandTimeout(client.get(keys.epoch)));
  }

  async raiseEpoch(atLeast: number): Promise<number> {
    const known = await this.epoch();
    if (known >= atLeast) return known;
    const { scripts, keys } = this.context;
    const epoch = await scripts.run<number>(RAISE_EPOCH, [keys.epoch, keys.revocations], [atLeast]);
    await waitForReplicas(this.context, keys.epoch);
    return epoch;
  }

  async #add(fields: readonly [type: string, value: string][]): Promise<void> {
    const { scripts, keys, revocation } = this.context;
    const { windowMs } = revocation;
    const keptMs = Number.isFinite(windowMs) ? windowMs : '';
    await scripts.run(PUBLISH, [keys.revocations], [keptMs, ...fields.flat()]);
    await waitForReplicas(this.context, keys.revocations);
  }
}
