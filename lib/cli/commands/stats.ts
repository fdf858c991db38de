import { KEYS_PER_STEP } from '../../backends/redis/commands/scan-keys.js';
import type { CommandContext } from '../command-context.js';
import type { CommandResult } from '../command-result.js';
import { runWithProgress } from '../run-with-progress.js';
import { figureTable } from '../table.js';

/** Counts sessions and users. The count runs in steps, so concurrent logins and logouts affect it. */
export function stats(context: CommandContext): Promise<CommandResult> {
  const figures = { keyPrefix: context.keyPrefix, sessions: 0, users: 0 };
  return runWithProgress(context, {
    steps: context.redis.admin.count(),
    keysPerStep: KEYS_PER_STEP,
    add: ({ sessions, users }) => {
      figures.sessions += sessions;
      figures.users += users;
    },
    json: () => figures,
    text: () => figureTable(figures),
  });
}
