import type { Revocation, RevocationSubscriber, RevocationSubscription } from './revocation.js';

/**
 * The log of revocations that all nodes share. A backend without one checks access tokens by reading the store
 * (`revocation.check: 'store'`) or not at all (`'none'`). `PollingRevocationLog` implements it for databases that can
 * only append and read.
 */
export abstract class RevocationLog {
  /**
   * Publishes to all subscribers, on every node that shares the store. Once it returns, no subscriber can miss the
   * revocations: one that cannot be reached receives them when it reconnects, or learns that it has a gap.
   */
  abstract publish(revocations: readonly Revocation[]): Promise<void>;

  /**
   * Passes published revocations to the subscriber until it is closed. `RevocationSubscriber` documents the contract.
   */
  abstract subscribe(subscriber: RevocationSubscriber): Promise<RevocationSubscription>;
}
