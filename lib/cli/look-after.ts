import type { CleanupReport } from '../cleanup/cleanup.service.js';
import { KEYS_PER_STEP } from '../stores/redis/redis-scan.js';
import { runWithProgress } from './long-work.js';
import type { CommandResult } from './outcome.js';
import type { CommandContext } from './store-desk.js';
import { table } from './table.js';
import { timers } from '../core/timers.js';

const BATCH_SIZE = 500;

/** How many sessions and users there are. Counted step by step, while people log in and out. */
export function stats(context: CommandContext): Promise<CommandResult> {
  const figures = { keyPrefix: context.keyPrefix, sessions: 0, users: 0 };
  return runWithProgress(context, {
    steps: context.store.count(),
    keysPerStep: KEYS_PER_STEP,
    add: ({ sessions, users }) => {
      figures.sessions += sessions;
      figures.users += users;
    },
    json: () => figures,
    text: () => figureTable(figures),
  });
}

/** One cleanup, as the apps do it on schedule, and never beside one of theirs. */
export async function sweep(context: CommandContext): Promise<CommandResult> {
  const startedMs = timers.monotonicMs();
  const report: CleanupReport = {
    removedSessions: 0,
    prunedIndexEntries: 0,
    scannedKeys: 0,
    durationMs: 0,
  };
  const current = (): Record<string, unknown> => ({
    ...report,
    durationMs: Math.round(timers.monotonicMs() - startedMs),
  });
  const result = await runWithProgress(context, {
    steps: context.store.sweep({ batchSize: BATCH_SIZE, signal: new AbortController().signal }),
    keysPerStep: BATCH_SIZE,
    add: (step) => {
      if ('skipped' in step) report.skipped = step.skipped;
      else {
        report.removedSessions += step.removedSessions;
        report.prunedIndexEntries += step.prunedIndexEntries;
        report.scannedKeys += step.scannedKeys;
      }
    },
    json: current,
    text: () => figureTable(current()),
  });
  if (!report.skipped) return result;
  return { ...result, message: 'another node sweeps right now, so there was nothing to do here' };
}

function figureTable(figures: Record<string, unknown>): string {
  return table(Object.entries(figures).map(([name, value]) => [name, String(value)]));
}
