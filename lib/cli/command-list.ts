import { isHandle, requireUserId } from '../rules/handle.js';
import { listSessions } from './commands/list-sessions.js';
import { stats } from './commands/stats.js';
import { sweep } from './commands/sweep.js';
import { CommandError, EXIT, type CommandResult } from './command-result.js';
import { revokeEveryone, revokeOne, revokeUser } from './commands/revoke.js';
import type { CommandContext } from './command-context.js';

/** A command that works on the sessions in Redis. */
export interface StoreCommand {
  /** Name, and argument if any. */
  readonly usage: string;
  readonly summary: string;
  /** @throws CommandError for an argument that cannot name anything */
  readonly check?: (argument: string) => void;
  /** Requires confirmation. */
  readonly irreversible?: true;
  run(context: CommandContext, argument: string): Promise<CommandResult>;
}

export const COMMANDS: readonly StoreCommand[] = [
  {
    usage: 'list <userId>',
    summary: 'show the sessions of a user',
    check: checkUserId,
    run: listSessions,
  },
  {
    usage: 'revoke <handle>',
    summary: 'end one session',
    check: checkHandle,
    run: revokeOne,
  },
  {
    usage: 'revoke-user <userId>',
    summary: 'end all sessions of a user',
    check: checkUserId,
    irreversible: true,
    run: revokeUser,
  },
  {
    usage: 'revoke-everyone',
    summary: 'end all sessions of all users',
    irreversible: true,
    run: revokeEveryone,
  },
  { usage: 'stats', summary: 'count sessions and users', run: stats },
  { usage: 'sweep', summary: 'remove the remains of expired sessions', run: sweep },
];

function checkHandle(handle: string): void {
  if (isHandle(handle)) return;
  throw new CommandError(
    EXIT.usage,
    'the argument is not a handle; list shows the handles of a user',
  );
}

function checkUserId(userId: string): void {
  try {
    requireUserId(userId);
  } catch {
    throw new CommandError(EXIT.usage, 'userId must have 1 to 255 characters');
  }
}
