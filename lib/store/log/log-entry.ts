import { randomId } from '../../core/random.js';
import type { Revocation } from '../revocation.js';
import { encodeRevocation } from './revocation-codec.js';

/** An entry of a revocation log; both fields are stored unchanged. */
export interface LogEntry {
  /** Random, 22 characters. By it a reader notices that the log was replaced, for example by a failover. */
  readonly id: string;
  readonly text: string;
}

/** An entry with the fields that the store adds. */
export interface StoredLogEntry extends LogEntry {
  /** From 1. Higher than that of every entry that was visible before. */
  readonly position: number;
  /** When it was appended, epoch milliseconds of the store; never earlier than the entry before. */
  readonly atMs: number;
}

/** Returns the entry for a revocation. A store that raises its epoch appends the entry in the same transaction. */
export function newLogEntry(revocation: Revocation): LogEntry {
  return { id: randomId(), text: encodeRevocation(revocation).join(' ') };
}
