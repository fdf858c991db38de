import type { Redis } from 'ioredis';

/**
 * What Redis is sent during `work` by whoever is connected, in order: name in lower case and arguments, without what
 * scripts do inside.
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
    // MONITOR shows commands in order, so what came before this one has been seen.
    await client.echo('end');
    await end;
  } finally {
    monitor.disconnect();
  }
  return seen;
}

/** Their names alone. */
export const namesOf = (commands: readonly string[][]): (string | undefined)[] =>
  commands.map(([name]) => name);
