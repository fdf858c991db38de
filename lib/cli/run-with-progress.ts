import { EXIT, type CommandResult } from './command-result.js';
import { progressBar } from './progress-bar.js';
import { describeRedisError } from './describe-redis-error.js';
import type { CommandContext } from './command-context.js';

export interface Progress<Step> {
  readonly steps: AsyncIterable<Step>;
  /** Number of Redis keys examined per step. */
  readonly keysPerStep: number;
  /** Adds the result of a step. */
  add(step: Step): void;
  /** The figures so far, as JSON. */
  json(): Record<string, unknown>;
  /** The figures so far, as readable text. */
  text(): string;
}

/** Runs the steps and shows a progress bar. If Redis fails meanwhile, the result covers the steps completed by then. */
export async function runWithProgress<Step>(
  { io, redis, target }: CommandContext,
  { steps, keysPerStep, add, json, text }: Progress<Step>,
): Promise<CommandResult> {
  const bar = progressBar(io, io.errIsTerminal ? await redis.admin.keyCount() : 0, keysPerStep);
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
    const failure = `${target.address} failed before the command completed: ${describeRedisError(error, redis)}`;
    return {
      exitCode: EXIT.failed,
      json: { ...json(), error: failure },
      text: text(),
      message: `${failure}\nThe completed steps remain in effect; run the command again for the others.`,
    };
  }
  bar.clear();
  return { exitCode: EXIT.done, json: json(), text: text() };
}
