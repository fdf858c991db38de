import { Injectable } from '@nestjs/common';
import type { SessionEventType } from '../events/session-event.js';
import { SessionEvents } from '../events/session-events.service.js';

/** Figures of this process since its start. */
export interface SessionMetricsSnapshot {
  /** How often each event happened; what never happened is absent. */
  readonly events: Readonly<Partial<Record<SessionEventType, number>>>;
  /** Sessions that ended on purpose, all of each event counted. */
  readonly revokedSessions: number;
}

/** Counts events, for whatever collects figures. */
@Injectable()
export class SessionMetrics {
  readonly #events = new Map<SessionEventType, number>();
  #revokedSessions = 0;

  constructor(events: SessionEvents) {
    events.on((event) => {
      this.#events.set(event.type, (this.#events.get(event.type) ?? 0) + 1);
      if (event.type === 'session.revoked') this.#revokedSessions += event.count;
    });
  }

  snapshot(): SessionMetricsSnapshot {
    return { events: Object.fromEntries(this.#events), revokedSessions: this.#revokedSessions };
  }
}
