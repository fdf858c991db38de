import { withCommandTimeout } from './command-timeout.js';
import { batchWrites } from './batch-writes.js';
import type { RedisClient } from '../connection/redis-client.js';

/** A Lua script with the name it gets as a command of the client. */
export interface Script {
  readonly name: string;
  /** Absent: as many as it is given. */
  readonly numberOfKeys?: number;
  readonly lua: string;
}

type Command = (...args: (string | number)[]) => Promise<unknown>;

/** Runs scripts by digest, loading one where the server does not know it (yet, or after SCRIPT FLUSH). */
export class ScriptRunner {
  constructor(private readonly client: RedisClient) {}

  /** @param Reply what the header of the script says it returns */
  async run<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<Reply> {
    batchWrites(this.client);
    return this.runNow(script, keys, args);
  }

  /** As `run`, with a write of its own, for those who gather what they send. */
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
