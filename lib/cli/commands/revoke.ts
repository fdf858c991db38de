import { escapeControlCharacters } from '../../core/escape-control-characters.js';
import { KEYS_PER_STEP } from '../../backends/redis/commands/scan-keys.js';
import { liveSessionsOf, noSessions } from './list-sessions.js';
import { runWithProgress } from '../run-with-progress.js';
import { EXIT, type CommandResult } from '../command-result.js';
import type { CommandContext } from '../command-context.js';

const BY = { by: 'service' } as const;

const NOT_CONFIRMED: CommandResult = {
  exitCode: EXIT.usage,
  message: 'not confirmed, nothing was done',
};

/** The revocation is published to running applications as if one of them had made it. */
export async function revokeOne(
  { revoker }: CommandContext,
  handle: string,
): Promise<CommandResult> {
  const revoked = await revoker.revoke({ handle }, BY);
  const json = { handle, revoked };
  return revoked
    ? { exitCode: EXIT.done, json, text: `session ${handle} has ended` }
    : { exitCode: EXIT.nothingFound, json, message: `there is no session ${handle}` };
}

export async function revokeUser(context: CommandContext, userId: string): Promise<CommandResult> {
  const { length: count } = await liveSessionsOf(context, userId);
  if (count === 0) return { ...noSessions(userId), json: { userId, revoked: 0 } };
  const question = `User ${escapeControlCharacters(userId)} has ${sessions(count)} and will be logged out everywhere.`;
  if (!(await context.confirm(question))) return NOT_CONFIRMED;
  const revoked = await context.revoker.revokeByUser(userId, BY);
  const text = `${sessions(revoked)} of user ${escapeControlCharacters(userId)} ended`;
  return { exitCode: EXIT.done, json: { userId, revoked }, text };
}

export async function revokeEveryone(context: CommandContext): Promise<CommandResult> {
  const { redis, revoker, target, keyPrefix } = context;
  const question = `Every session under ${keyPrefix} in ${target.address} will end, and every user has to log in again.`;
  if (!(await context.confirm(question))) return NOT_CONFIRMED;
  const epoch = await revoker.beginEpoch();
  let revoked = 0;
  const result = await runWithProgress(context, {
    steps: redis.admin.deleteBeforeEpoch(epoch),
    keysPerStep: KEYS_PER_STEP,
    add: (ended) => (revoked += ended),
    json: () => ({ revoked }),
    text: () => `${sessions(revoked)} ended`,
  });
  if (result.exitCode !== EXIT.done || revoked > 0) return result;
  const message = `there are no sessions under ${keyPrefix}; check that --prefix is the keyPrefix of the application`;
  return { ...result, exitCode: EXIT.nothingFound, message };
}

function sessions(count: number): string {
  return count === 1 ? '1 session' : `${count} sessions`;
}
