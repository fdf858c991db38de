import { escapeControlCharacters } from '../../core/escape-control-characters.js';
import { expiresAtMs, isLive, type SessionRecord } from '../../rules/session-record.js';
import { EXIT, type CommandResult } from '../command-result.js';
import type { CommandContext } from '../command-context.js';
import { shortTime, table } from '../table.js';

const HEADING = [
  'HANDLE',
  'TRANSPORT',
  'CREATED',
  'LAST SEEN',
  'EXPIRES',
  'IP',
  'LABEL',
  'USER AGENT',
];

/**
 * Lists the sessions of a user, newest first. Does not show claims and session data, which belong to the application.
 */
export async function listSessions(
  context: CommandContext,
  userId: string,
): Promise<CommandResult> {
  const sessions = (await liveSessionsOf(context, userId)).toSorted(
    (one, other) => other.createdAtMs - one.createdAtMs,
  );
  const json = sessions.map(asJson);
  if (sessions.length === 0) return { ...noSessions(userId), json };
  return { exitCode: EXIT.done, json, text: table([HEADING, ...sessions.map(asRow)]) };
}

export async function liveSessionsOf(
  { store, clock }: CommandContext,
  userId: string,
): Promise<SessionRecord[]> {
  const nowMs = clock.nowMs();
  return (await store.list(userId)).filter((record) => isLive(record, nowMs));
}

export function noSessions(userId: string): CommandResult {
  return {
    exitCode: EXIT.nothingFound,
    message: `user ${escapeControlCharacters(userId)} has no sessions`,
  };
}

function asJson(record: SessionRecord): object {
  const { handle, transport, device } = record;
  return {
    handle,
    transport,
    createdAt: isoTime(record.createdAtMs),
    lastSeenAt: isoTime(record.lastSeenAtMs),
    authenticatedAt: isoTime(record.authenticatedAtMs),
    expiresAt: isoTime(expiresAtMs(record)),
    device,
  };
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function asRow(record: SessionRecord): string[] {
  const { handle, transport, device } = record;
  return [
    handle,
    transport,
    ...[record.createdAtMs, record.lastSeenAtMs, expiresAtMs(record)].map(shortTime),
    device.ip ?? '-',
    device.label ?? '-',
    device.userAgent ?? '-',
  ];
}
