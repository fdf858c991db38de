import type { Clock } from '../core/clock.js';
import type { RateLimitCounter } from './rate-limit-counter.js';
import type { RevocationLog } from './revocation-log.js';
import type { SessionStore } from './session-store.js';

/** How revocations are published and read. */
export interface RevocationSettings {
  /** Time for which an entry of the log is needed; `Infinity` if it is not known. */
  readonly windowMs: number;
  /** Maximum age of the knowledge of a node; it reads the log at least three times as often. */
  readonly maxStalenessMs: number;
  /** Number of replicas that must receive a revocation before it is acknowledged. */
  readonly waitReplicas: number;
}

/** The settings of a module that its backend may need. */
export interface StoreContext {
  /** The clock by which sessions expire. */
  readonly clock: Clock;
  /** The option `keyPrefix`. */
  readonly keyPrefix: string;
  readonly revocation: RevocationSettings;
}

/** Ages of the last sweep and of the current one, shared by all nodes. */
export interface SweepAges {
  /** Time since a sweep last completed; undefined if none has completed for a long time. */
  readonly secondsSinceCleanup: number | undefined;
  /** Time since the running sweep acquired its lease; undefined if none runs. */
  readonly leaseAgeSeconds: number | undefined;
}

/** The state of a backend and its database. */
export interface StoreDiagnostics {
  /** Settings that are valid but endanger sessions, each with advice. Logged when the app starts. */
  startupWarnings?(): Promise<readonly string[]>;
  /** Sweeps of all nodes. Without it, a health check reports the sweeps of its own node. */
  sweepAges?(): Promise<SweepAges>;
}

/**
 * A store with the optional ports that belong to it. An abstract class, so that it serves as its own injection token;
 * an object literal is accepted.
 */
export abstract class StoreBackend {
  abstract readonly store: SessionStore;
  /** Absent: `revocation.check` is `store` or `none`. */
  abstract readonly revocationLog?: RevocationLog | undefined;
  /** Absent: each process counts requests for itself. */
  abstract readonly rateLimitCounter?: RateLimitCounter | undefined;
  abstract readonly diagnostics?: StoreDiagnostics | undefined;
  /** Called when the app starts, before it serves requests; an error stops the start. */
  abstract onModuleInit?(): Promise<void>;
  /** Called when the app closes. */
  abstract onApplicationShutdown?(): Promise<void>;
}

/** The option `store`: a store alone, a backend, or a function that makes either of them for a module. */
export type StoreOption =
  SessionStore | StoreBackend | ((context: StoreContext) => SessionStore | StoreBackend);
