// node server.mjs <express | fastify> <url of Redis> <variant>...: each variant on a port of its own, for one worker.
import { serve } from '../serve.mjs';
import { waitedMs } from '../waited.mjs';
import { startApp } from './app.mjs';
import { VARIANTS } from './variants.mjs';

const CREDENTIALS = 200;

const [adapter, redisUrl, ...names] = process.argv.slice(2);
const servers = new Map();
for (const name of names) servers.set(name, await start(name));

serve({
  port: (name) => servers.get(name).port,
  /** The requests of the clients of a variant. */
  async requests(name) {
    const { variant, app, port } = servers.get(name);
    const { method = 'GET', requests } = variant;
    const url = `http://127.0.0.1:${port}`;
    const special = requests ? await requests(app, url, CREDENTIALS) : [{ headers: {} }];
    return special.map((request) => Object.assign({ method, path: '/' }, request));
  },
  /** CPU microseconds of all threads, and microseconds in which other processes had the core. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return { usedUs: user + system, waitedUs: waitedMs() * 1000 };
  },
});

async function start(name) {
  const variant = await VARIANTS[name]({ redisUrl, adapter });
  const app = await startApp(adapter, variant);
  const server = app.getHttpServer();
  // Connections stay open while other variants have their turn.
  server.keepAliveTimeout = 0;
  return { variant, app, port: server.address().port };
}
