import { gatherCalls } from './gather-calls.js';
import type { RedisClient } from './redis-client.js';

type RunScript = (key: string) => Promise<unknown>;
type Command = (...args: (string | number)[]) => Promise<unknown[]>;

/**
 * A client for scripts of one key, with the method to define them that ioredis has: those with the same arguments that
 * come in one turn of the event loop run as one. In a Cluster their keys are on different nodes, so each runs alone.
 */
export function gatherScripts(client: RedisClient): object {
  if ('nodes' in client) return client;
  const commands = client as unknown as Record<string, Command>;
  const gathering: Record<string, unknown> = {
    defineCommand(name: string, { lua }: { readonly lua: string }) {
      const forEach = `${name}ForEach`;
      client.defineCommand(forEach, { lua: forEachKey(lua) });
      const byArguments = new Map<string, RunScript>();
      gathering[name] = ([key, ...args]: [string, ...string[]]) => {
        const id = args.join(' ');
        let run = byArguments.get(id);
        if (!run) {
          run = gatherCalls((keys: string[]) =>
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
