import type { Clock } from '../../core/clock.js';
import type {
  Revocation,
  RevocationSubscriber,
  RevocationSubscription,
} from '../../store/revocation.js';
import { RevocationLog } from '../../store/revocation-log.js';

/** The revocation log of one process, with the epoch: no revocation can be missed or delayed. */
export class MemoryRevocationLog extends RevocationLog {
  readonly #subscribers = new Set<RevocationSubscriber>();
  #epoch = 0;

  constructor(private readonly clock: Clock) {
    super();
  }

  get epoch(): number {
    return this.#epoch;
  }

  async raiseEpoch(atLeast: number): Promise<number> {
    if (atLeast > this.#epoch) {
      this.#epoch = atLeast;
      await this.publish([{ type: 'everyone', epoch: atLeast }]);
    }
    return this.#epoch;
  }

  async publish(revocations: readonly Revocation[]): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const subscriber of this.#subscribers) {
      for (const revocation of revocations) subscriber.onRevocation(revocation, nowMs);
    }
  }

  async subscribe(subscriber: RevocationSubscriber): Promise<RevocationSubscription> {
    this.#subscribers.add(subscriber);
    // A revocation of this millisecond may have been published before the subscription.
    subscriber.onReset(this.clock.nowMs() + 1);
    subscriber.onRevocation(
      { type: 'everyone', epoch: await this.raiseEpoch(subscriber.epoch) },
      this.clock.nowMs(),
    );
    subscriber.onCaughtUp({ monotonicMs: Infinity, wallMs: Infinity });
    return { close: async () => void this.#subscribers.delete(subscriber) };
  }
}
