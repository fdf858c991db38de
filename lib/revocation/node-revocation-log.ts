import type {
  Revocation,
  RevocationSubscriber,
  RevocationSubscription,
} from '../store/revocation.js';
import { RevocationLog } from '../store/revocation-log.js';
import type { StoreCaller } from '../store/store-caller.js';
import type { RevocationCache } from './revocation-cache.js';

/**
 * The revocation log as this node uses it: with the timeout and circuit breaker of the store, and with its own
 * revocations applied to its cache at once. Without a log, revocations apply to this node only.
 */
export class NodeRevocationLog extends RevocationLog {
  constructor(
    private readonly log: RevocationLog | undefined,
    private readonly caller: StoreCaller,
    private readonly cache: RevocationCache,
  ) {
    super();
  }

  async publish(revocations: readonly Revocation[]): Promise<void> {
    const { log } = this;
    if (log) await this.caller.call('publish', () => log.publish(revocations));
    for (const revocation of revocations) this.cache.record(revocation);
  }

  /** Only called under `revocation.check: 'feed'`, which requires a log. */
  subscribe(subscriber: RevocationSubscriber): Promise<RevocationSubscription> {
    return (this.log as RevocationLog).subscribe(subscriber);
  }
}
