/**
 * Redis commands of one request.
 * @typedef {[name: string, calls: number][]} Commands
 */

/**
 * @param {() => Promise<number>} serve sends requests and returns their number
 * @returns {Promise<{ requests: number, commands: Commands }>}
 */
export async function countCommands(redis, serve) {
  const before = await redis.commands();
  const requests = await serve();
  const after = await redis.commands();
  const commands = [...after]
    .map(([name, calls]) => [name, (calls - (before.get(name) ?? 0)) / requests])
    .filter(([, calls]) => calls > 0);
  return { requests, commands };
}

/** Commands inside a script belong to its one round trip. */
export function roundTripsOf(commands) {
  const scripts = commands.filter(([name]) => name === 'evalsha');
  return (scripts.length > 0 ? scripts : commands).reduce((sum, [, calls]) => sum + calls, 0);
}

/** @returns {string | undefined} undefined if no command was sent */
export function commandsText(commands) {
  const shown = commands.filter(([, calls]) => calls >= 0.005);
  if (shown.length === 0) return undefined;
  return shown.map(([name, calls]) => `${name} ${Number(calls.toFixed(2))}`).join(', ');
}
