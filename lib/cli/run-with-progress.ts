import { EXIT, type CommandResult } from './command-result.js';
import { progressBar } from './progress-bar.js';
import { describeRedisError } from './describe-redis-error.js';
import type { CommandContext } from './command-context.js';

export interface Progress<Step> {
  readonly steps: AsyncIterable<Step>;
  /** Keys of Redis that one step looks at. */
  readonly keysPerStep: number;
  /** Adds a step to the figures. */
  add(step: Step): void;
  /** The figures so far, for machines. */
  json(): Record<string, unknown>;
  /** The figures so far, for people. */
  text(): string;
}

/** Works through the steps under a progress bar. When Redis fails on the way, the outcome is what was done by then. */
export async function runWithProgress<Step>(
  { io, store, target }: CommandContext,
  { steps, keysPerStep, add, json, text }: Progress<Step>,
): Promise<CommandResult> {
  const bar = progressBar(io, io.errIsTerminal ? await store.keyCount() : 0, keysPerStep);
  try {
    const walk = steps[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await walk.next();
      if (done) break;
      add(value);
      bar.step();
    }
  } catch (error) {
    bar.clear();
    const failure = `${target.address} failed in the middle: ${describeRedisError(error, store)}`;
    return {
      exitCode: EXIT.failed,
      json: { ...json(), error: failure },
      text: text(),
      message: `${failure}\nWhat was done by then stays done; run the command again for the rest.`,
    };
  }
  bar.clear();
  return { exitCode: EXIT.done, json: json(), text: text() };
}
