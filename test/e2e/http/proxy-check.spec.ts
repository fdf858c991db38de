import { describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { send } from '../../support/http-client.js';
import { ADAPTERS, startApp, type TestAppSetup } from '../../support/test-app.js';

const BEHIND_TLS = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' };

/** Returns the warnings about three requests with these headers, as a TLS proxy sends them. */
async function warnings(
  headers: Record<string, string>,
  setup: TestAppSetup = {},
): Promise<string[]> {
  const warned: string[] = [];
  const logger = new CollectingLogger();
  logger.warn = (...parts: unknown[]) => void warned.push(String(parts[0]));
  const configure = (app: INestApplication): void => {
    app.useLogger(logger);
    setup.configure?.(app);
  };
  const app = await startApp({ ...setup, configure });
  for (let i = 0; i < 3; i++) await send(`${app.url}/auth/sessions`, { headers });
  await app.close();
  return warned;
}

function trustProxy(app: INestApplication): void {
  (app as NestExpressApplication).set('trust proxy', 1);
}

describe('the warning about an untrusted proxy', () => {
  it.each(ADAPTERS)('is logged once on %s, with a remedy', async (adapter) => {
    const lines = await warnings(BEHIND_TLS, { adapter });
    expect(lines).toEqual([expect.stringContaining('trust your proxy')]);
  });

  it.each(ADAPTERS)('is not logged without a proxy on %s', async (adapter) => {
    expect(await warnings({}, { adapter })).toEqual([]);
    expect(await warnings({ 'x-forwarded-proto': 'http' }, { adapter })).toEqual([]);
  });

  it('is not logged if the application trusts the proxy', async () => {
    expect(await warnings(BEHIND_TLS, { configure: trustProxy })).toEqual([]);
  });
});
