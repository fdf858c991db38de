import type { Clock, SessionStore } from 'nestjs-session-kit';

/** A placeholder for a store written by the reader. */
export declare const MySessionStore: new (clock: Clock) => SessionStore;
