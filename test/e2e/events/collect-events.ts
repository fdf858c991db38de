import { type SessionEvent, SessionEvents } from 'nestjs-session-kit';
import type { TestApp } from '../../support/test-app.js';

/** Collects all events of an application from now on. */
export function collectEvents({ get }: Pick<TestApp, 'get'>): SessionEvent[] {
  const received: SessionEvent[] = [];
  get(SessionEvents).on((event) => void received.push(event));
  return received;
}

export function typesOf(events: readonly SessionEvent[]): string[] {
  return events.map(({ type }) => type);
}
