import type { Redis } from 'ioredis';

/**
 * The commands that all clients send to Redis during `work`, in order: name in lower case and
 * arguments, without the commands inside scripts.
 */
export async function commandsDuring(
  client: Redis,
  work: () => Promise<unknown>,
): Promise<string[][]> {
  const monitor = await client.monitor();
  const seen: string[][] = [];
  const end = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, [name = '', ...args]: string[], source: string) => {
      if (source === 'lua') return;
      if (name.toLowerCase() === 'echo') resolve();
      else seen.push([name.toLowerCase(), ...args]);
    });
  });
  try {
    await work();
    // MONITOR shows commands in order, so all earlier ones have arrived.
    await client.echo('end');
    await end;
  } finally {
    monitor.disconnect();
  }
  return seen;
}

/** The names of these commands. */
export const namesOf = (commands: readonly string[][]): (string | undefined)[] =>
  commands.map(([name]) => name);
