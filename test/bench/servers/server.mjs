// node server.mjs <express | fastify> <variant> <url of Redis>: one variant, on a free port, for one worker.
import { serve } from '../serve.mjs';
import { startApp } from './app.mjs';
import { VARIANTS } from './variants.mjs';

const CREDENTIALS = 200;

const [adapter, name, redisUrl] = process.argv.slice(2);
const variant = await VARIANTS[name]({ redisUrl, adapter });
const app = await startApp(adapter, variant);
const url = `http://127.0.0.1:${app.getHttpServer().address().port}`;

serve({
  port: () => app.getHttpServer().address().port,
  async requests() {
    const { method = 'GET', requests } = variant;
    const special = requests ? await requests(app, url, CREDENTIALS) : [{ headers: {} }];
    return special.map((request) => Object.assign({ method, path: '/' }, request));
  },
  /** Microseconds of the processor, of all threads. */
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
});
