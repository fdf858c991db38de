// node start-up.mjs <express | fastify> <bare | kit> [url of Redis]: how long a process takes until it listens.
import { startApp } from '../servers/app.mjs';
import { serve } from '../serve.mjs';
import { SECRET } from '../settings.mjs';

const [adapter, variant, url] = process.argv.slice(2);
const app = await startApp(adapter, variant === 'kit' ? await withKit() : {});
const milliseconds = performance.now();

serve({ milliseconds: () => milliseconds, close: () => app.close() });

/** Imported here, because the import is most of it. */
async function withKit() {
  const { SessionModule } = await import('nestjs-session-kit');
  const imports = [
    SessionModule.forRoot({ secret: SECRET, redis: { url }, routes: {}, globalGuards: true }),
  ];
  return { imports };
}
