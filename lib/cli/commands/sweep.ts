import type { CleanupReport } from '../../cleanup/cleanup.service.js';
import { timers } from '../../core/timers.js';
import type { CommandContext } from '../command-context.js';
import type { CommandResult } from '../command-result.js';
import { runWithProgress } from '../run-with-progress.js';
import { figureTable } from '../table.js';

const BATCH_SIZE = 500;

/** Runs one sweep, like the scheduled cleanup of the applications, and never at the same time as one of them. */
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
  return { ...result, message: 'skipped, because another node is running a sweep' };
}
