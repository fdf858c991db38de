import type { ClockReading } from '../core/clock.js';

/** Something that no longer counts, as all nodes hear of it. */
export type Revocation =
  /** The session ended. */
  | { readonly type: 'session'; readonly handle: string }
  /** The session may be about to end, or to get another handle: only the store knows whether this one still lives. */
  | { readonly type: 'recheck'; readonly handle: string }
  /** The session's claims changed: access tokens with an older version of them no longer count. */
  | { readonly type: 'claims'; readonly handle: string; readonly claimsVersion: number }
  /** One access token. */
  | { readonly type: 'token'; readonly jti: string }
  /** All sessions opened in an earlier epoch. */
  | { readonly type: 'everyone'; readonly epoch: number };

/** Receives revocations. A store calls `onReset` first, then the other methods as things happen. */
export abstract class RevocationSubscriber {
  /** The highest epoch heard of. A store whose epoch is lower has lost it, and takes it from here. */
  abstract readonly epoch: number;

  /**
   * What was heard before may have gaps; from here on there are none.
   * @param sinceMs epoch milliseconds of the store: everything announced from then on follows
   */
  abstract onReset(sinceMs: number): void;

  /** @param atMs when it was announced, epoch milliseconds of the store */
  abstract onRevocation(revocation: Revocation, atMs: number): void;

  /** Everything that was announced before `askedAt` has been applied. */
  abstract onCaughtUp(askedAt: ClockReading): void;
}

/** Ends the following. */
export interface RevocationSubscription {
  close(): Promise<void>;
}
