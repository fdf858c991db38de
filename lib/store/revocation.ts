import type { ClockReading } from '../core/clock.js';

/** A revocation as it is published to all nodes. */
export type Revocation =
  /** The session ended. */
  | { readonly type: 'session'; readonly handle: string }
  /** The session may be about to end or to move: only the store knows whether this handle is still live. */
  | { readonly type: 'recheck'; readonly handle: string }
  /** The claims of the session changed: access tokens with a lower claims version are no longer valid. */
  | { readonly type: 'claims'; readonly handle: string; readonly claimsVersion: number }
  /** One access token was revoked. */
  | { readonly type: 'token'; readonly jti: string }
  /** All sessions opened in an earlier epoch ended. */
  | { readonly type: 'everyone'; readonly epoch: number };

/** Receives revocations. A store calls `onReset` first, then the other methods as entries arrive. */
export abstract class RevocationSubscriber {
  /** The highest epoch received. A store with a lower epoch has lost it and restores it from here. */
  abstract readonly epoch: number;

  /**
   * Revocations received before may have gaps; from here on there are none.
   * @param sinceMs epoch milliseconds of the store: everything published from then on follows
   */
  abstract onReset(sinceMs: number): void;

  /** @param atMs when it was published, epoch milliseconds of the store */
  abstract onRevocation(revocation: Revocation, atMs: number): void;

  /** Everything published before `askedAt` has been applied. */
  abstract onCaughtUp(askedAt: ClockReading): void;
}

/** Ends the subscription. */
export interface RevocationSubscription {
  close(): Promise<void>;
}
