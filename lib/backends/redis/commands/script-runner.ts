import { withCommandTimeout } from './command-timeout.js';
import { batchWrites } from './batch-writes.js';
import type { RedisClient } from '../connection/redis-client.js';

/** A Lua script and its name. */
export interface Script {
  readonly name: string;
  /** If absent, the number of keys passed. */
  readonly numberOfKeys?: number;
  readonly lua: string;
}

type Command = (...args: (string | number)[]) => Promise<unknown>;

/** Runs scripts by digest, and loads a script that the server does not know (yet, or after SCRIPT FLUSH). */
export class ScriptRunner {
  constructor(private readonly client: RedisClient) {}

  /** @param Reply the return type documented at the script */
  async run<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<Reply> {
    batchWrites(this.client);
    return this.runNow(script, keys, args);
  }

  /** Like `run`, but with a separate write, for callers that batch commands themselves. */
  async runNow<Reply>(
    { name, numberOfKeys, lua }: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<Reply> {
    const commands = this.client as unknown as Record<string, Command | undefined>;
    const counted = numberOfKeys === undefined ? [keys.length] : [];
    if (!commands[name]) {
      this.client.defineCommand(name, {
        lua,
        ...(numberOfKeys !== undefined && { numberOfKeys }),
      });
    }
    const command = commands[name] as Command;
    return (await withCommandTimeout(
      command.call(this.client, ...counted, ...keys, ...args),
    )) as Reply;
  }
}
