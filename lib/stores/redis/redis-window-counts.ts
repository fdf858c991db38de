import { gatherKeys } from './gather-keys.js';
import type { RedisClient } from './redis-client.js';
import { COUNT } from './scripts/count.js';

type Counted = readonly [count: number, resetMs: number];
type CountKey = (key: string) => Promise<Counted>;
type Command = (...args: (string | number)[]) => Promise<readonly Counted[]>;

/** Counts in windows that all nodes share. Those of one turn of the event loop are counted with one command. */
export class RedisWindowCounts {
  /** As many as there are lengths of windows. */
  readonly #byWindow = new Map<number, CountKey>();
  /** A client of a Cluster gets each key by itself, and finds its node by the first argument where it pipelines by itself. */
  readonly #alone: boolean;

  constructor(private readonly client: RedisClient) {
    this.#alone = 'nodes' in client;
    client.defineCommand(COUNT.name, {
      lua: COUNT.lua,
      ...(this.#alone && { numberOfKeys: 1 }),
    });
  }

  /** Counts one more. @returns how many in this window, and milliseconds until it ends */
  count(key: string, windowMs: number): Promise<Counted> {
    let count = this.#byWindow.get(windowMs);
    if (!count) this.#byWindow.set(windowMs, (count = this.#counter(windowMs)));
    return count(key);
  }

  #counter(windowMs: number): CountKey {
    const { client } = this;
    const commands = client as unknown as Record<string, Command>;
    return gatherKeys(client, (keys) =>
      (commands[COUNT.name] as Command).call(
        client,
        ...(this.#alone ? [] : [keys.length]),
        ...keys,
        windowMs,
      ),
    );
  }
}
