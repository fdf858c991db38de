import type { Clock, SessionStore } from 'nestjs-session-kit';

/** Stands for a store that a reader wrote. */
export declare const MySessionStore: new (clock: Clock) => SessionStore;
