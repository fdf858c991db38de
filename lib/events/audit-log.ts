import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { SessionEvent, SessionEventType } from './session-event.js';
import { SessionEvents } from './session-events.js';

type Level = 'debug' | 'log' | 'warn' | 'error';

/** `warn` is what a security team looks at, `error` what an operator does. */
const LEVELS: Record<SessionEventType, Level> = {
  'session.created': 'log',
  'session.refreshed': 'debug',
  'session.replayed': 'debug',
  'session.reused': 'warn',
  'session.regenerated': 'log',
  'session.revoked': 'log',
  'token.revoked': 'log',
  'everyone.revoked': 'warn',
  'session.expired': 'debug',
  'login.failed': 'warn',
  'csrf.rejected': 'warn',
  'rate-limit.exceeded': 'warn',
  'store.unavailable': 'error',
  'store.available': 'log',
};

/** Writes each event as one line of JSON through Nest's Logger, where `audit` is not false (ASVS 16.3.1). */
@Injectable()
export class AuditLog implements OnModuleInit {
  readonly #logger = new Logger('SessionAudit');

  constructor(
    private readonly events: SessionEvents,
    private readonly options: ResolvedOptions,
  ) {}

  onModuleInit(): void {
    if (this.options.audit)
      this.events.on((event) => this.#logger[LEVELS[event.type]](auditLine(event)));
  }
}

/**
 * JSON escapes line feeds and escape sequences, and leaves the controls above ASCII and the line separators of
 * JavaScript, which terminals and log viewers obey as well (ASVS 16.4.1).
 */
export function auditLine(event: SessionEvent): string {
  return JSON.stringify(event).replaceAll(
    /[\u007F-\u009F\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
