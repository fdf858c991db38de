import { Injectable } from '@nestjs/common';
import type { SessionEventType } from '../events/session-event.js';
import { SessionEvents } from '../events/session-events.service.js';

/** Metrics of this process since its start. */
export interface SessionMetricsSnapshot {
  /** Number of events of each type; a type without events is absent. */
  readonly events: Readonly<Partial<Record<SessionEventType, number>>>;
  /** Number of revoked sessions; an event that ends several counts each of them. */
  readonly revokedSessions: number;
}

/** Counts events for a metrics collector. */
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
