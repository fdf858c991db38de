import { gatherKeys } from './gather-keys.js';
import type { RedisClient } from './redis-client.js';

type RunScript = (key: string) => Promise<unknown>;
type Command = (...args: (string | number)[]) => Promise<unknown[]>;

/**
 * A client for the scripts of one key that rate-limiter-flexible defines and calls with one list: those that come in one
 * turn of the event loop with the same arguments run as one.
 */
export function gatherScripts(client: RedisClient): object {
  const commands = client as unknown as Record<string, Command>;
  const gathering: Record<string, unknown> = {
    defineCommand(name: string, { lua }: { readonly lua: string }) {
      const forEach = `${name}ForEach`;
      client.defineCommand(forEach, { lua: forEachKey(lua) });
      /** As many as there are budgets. */
      const byArguments = new Map<string, RunScript>();
      gathering[name] = ([key, ...args]: [string, ...string[]]) => {
        const id = args.join(' ');
        let run = byArguments.get(id);
        if (!run) {
          run = gatherKeys(client, (keys) =>
            (commands[forEach] as Command).call(client, keys.length, ...keys, ...args),
          );
          byArguments.set(id, run);
        }
        return run(key);
      };
    },
  };
  return gathering;
}

function forEachKey(lua: string): string {
  return `local function run(KEYS, ARGV)
${lua}
end
local answers = {}
for i, key in ipairs(KEYS) do answers[i] = run({key}, ARGV) end
return answers`;
}
