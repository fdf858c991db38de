import { Injectable } from '@nestjs/common';
import { ResolvedOptions } from '../options/resolved-options.js';
import { type AskedClaims, ClaimsSource, MAX_QUERIES, withAnswer } from './claims-source.js';
import { RecordBinding } from './record-binding.js';
import { isLive, type SessionRecord } from './session-record.js';
import { SessionEndings } from './session-endings.js';
import { SessionStore } from './session-store.js';
import { SessionWriter } from './session-writer.js';

/** Notes that a session is in use: at most once per interval, and never while a request waits for it. */
@Injectable()
export class SessionTouch {
  /** Handles whose touch is under way, one for each session at most. */
  readonly #underWay = new Set<string>();

  constructor(
    private readonly store: SessionStore,
    private readonly writer: SessionWriter,
    private readonly claims: ClaimsSource,
    private readonly endings: SessionEndings,
    private readonly binding: RecordBinding,
    private readonly options: ResolvedOptions,
  ) {}

  /** Starts a touch when one is due and returns at once. */
  noteUse(record: SessionRecord, nowMs: number): void {
    if (!this.#isDue(record, nowMs) || this.#underWay.has(record.handle)) return;
    this.#underWay.add(record.handle);
    this.#touch(record, nowMs)
      // The store's own guard has logged the outage; the next request tries again.
      .catch(() => undefined)
      .finally(() => this.#underWay.delete(record.handle));
  }

  /** At once for a record that no key binds: the next request must not have to accept it again. */
  #isDue(record: SessionRecord, nowMs: number): boolean {
    const unusedMs = nowMs - record.lastSeenAtMs;
    return unusedMs >= this.options.session.touchIntervalMs || !this.binding.isBound(record);
  }

  async #touch(used: SessionRecord, nowMs: number): Promise<void> {
    let record = used;
    for (let questions = 0; questions < MAX_QUERIES; questions++) {
      const { handle, claimsVersion } = record;
      const claims = await this.claims.claimsOf(record);
      if (claims === null) {
        await this.endings.one({ handle }, { by: 'claims' });
        return;
      }
      const asked = { claims, claimsVersion };
      // A write binds the record to the current key, so a session in use survives a rotation of the secret.
      if (withAnswer(record, asked, nowMs) === record && this.binding.isCurrent(record)) {
        await this.store.touch(handle, nowMs);
        return;
      }
      const newer = await this.#bring(handle, asked);
      if (!newer) return;
      record = newer;
    }
  }

  /** @returns the record when its claims changed after the question */
  #bring(handle: string, asked: AskedClaims): Promise<SessionRecord | undefined> {
    return this.writer.changeFollowing<SessionRecord | undefined>(handle, (current, nowMs) => {
      if (!current || !isLive(current, nowMs)) return { result: undefined };
      const renewed = withAnswer(current, asked, nowMs);
      if (!renewed) return { result: current };
      return { result: undefined, write: { ...renewed, lastSeenAtMs: nowMs } };
    });
  }
}
