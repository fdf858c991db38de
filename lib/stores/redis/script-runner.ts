import { gatherWrites } from './gather-writes.js';
import type { RedisClient } from './redis-client.js';

/** A Lua script with the name it gets as a command of the client. */
export interface Script {
  readonly name: string;
  readonly numberOfKeys: number;
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
    const commands = this.client as unknown as Record<string, Command | undefined>;
    if (!commands[script.name]) {
      this.client.defineCommand(script.name, {
        lua: script.lua,
        numberOfKeys: script.numberOfKeys,
      });
    }
    gatherWrites(this.client);
    return (await (commands[script.name] as Command).call(this.client, ...keys, ...args)) as Reply;
  }
}
