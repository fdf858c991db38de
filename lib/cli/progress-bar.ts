import type { CommandIo } from './command-io.js';

const WIDTH = 30;
const CLEAR_LINE = '\r\u001B[K';

/**
 * Shows the progress of a scan of all keys on a terminal, if the scan has more than one step.
 * @param keys number of keys to examine
 */
export function progressBar(
  io: Pick<CommandIo, 'err' | 'errIsTerminal'>,
  keys: number,
  keysPerStep: number,
): { step(): void; clear(): void } {
  const drawn = io.errIsTerminal && keys > keysPerStep;
  let seen = 0;
  return {
    step: () => {
      if (!drawn) return;
      seen = Math.min(keys, seen + keysPerStep);
      const filled = Math.floor((seen / keys) * WIDTH);
      const bar = '#'.repeat(filled).padEnd(WIDTH, '-');
      const percent = String(Math.floor((seen / keys) * 100)).padStart(3);
      io.err(`${CLEAR_LINE}[${bar}] ${percent}% of ${keys} keys`);
    },
    clear: () => {
      if (drawn) io.err(CLEAR_LINE);
    },
  };
}
