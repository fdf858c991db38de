// node start-up.mjs <express | fastify> <bare | loaded | kit> [url of Redis]: measures how long a
// process takes until it listens.
import { startApp } from '../servers/app.mjs';
import { serve } from '../serve.mjs';
import { SECRET } from '../settings.mjs';
import { waitedMs } from '../waited.mjs';

const [adapter, variant, url] = process.argv.slice(2);
// Imported here, because the import takes most of the time.
const VARIANTS = {
  bare: async () => ({}),
  async loaded() {
    await Promise.all([import('class-validator'), import('ioredis')]);
    return {};
  },
  async kit() {
    const { SessionModule } = await import('nestjs-session-kit');
    const imports = [
      SessionModule.forRoot({ secret: SECRET, redis: { url }, routes: {}, globalGuards: true }),
    ];
    return { imports };
  },
};
const app = await startApp(adapter, await VARIANTS[variant]());
const milliseconds = performance.now() - waitedMs();

serve({ milliseconds: () => milliseconds, close: () => app.close() });
