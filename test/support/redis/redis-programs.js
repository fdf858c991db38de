/** The server that tests start. `REDIS_SERVER=valkey-server npm test` runs them on Valkey; a path works as well. */
export const REDIS_SERVER = process.env['REDIS_SERVER'] || 'redis-server';

/** The command line client of that server: `valkey-cli` beside `valkey-server`. */
export const REDIS_CLI = REDIS_SERVER.replace(/server$/, 'cli');
