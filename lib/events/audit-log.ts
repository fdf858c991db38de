import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { escapeJson } from '../core/escape-control-characters.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { SessionEventType } from './session-event.js';
import { SessionEvents } from './session-events.service.js';

type Level = 'debug' | 'log' | 'warn' | 'error';

/** `warn` is for a security team, `error` for an operator. */
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
  'state.rejected': 'warn',
  'store.unavailable': 'error',
  'store.available': 'log',
};

/** Writes each event as one line of JSON through Nest's Logger, unless `audit` is false (ASVS 16.3.1). */
@Injectable()
export class AuditLog implements OnModuleInit {
  readonly #logger = new Logger('SessionAudit');

  constructor(
    private readonly events: SessionEvents,
    private readonly options: ResolvedOptions,
  ) {}

  onModuleInit(): void {
    if (this.options.audit)
      this.events.on((event) => this.#logger[LEVELS[event.type]](escapeJson(event)));
  }
}
