import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SessionService } from 'nestjs-session-kit';
import { eventually } from '../../support/eventually.js';
import { type Answer, send } from '../../support/http-client.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { ADAPTERS, type TestApp } from '../../support/test-app.js';
import { startTypescript, type TypescriptProcess } from '../../support/typescript-process.js';
import { startBusyApp } from '../../support/busy-app.js';
import { SPINS_MS } from './spinning.controller.js';
import type { LoggedIn } from '../../support/apps/api-app.controller.js';

const QUARTER_MS = 900_000;
const WAITING = 20;
/** Nothing is answered in this time: the event loop is blocked. */
const WAIT_MS = SPINS_MS / 4;

describe.each(ADAPTERS)('a node on %s whose event loop is blocked for 4 s and more', (adapter) => {
  let redis: OwnRedis;
  let other: TestApp;
  let blocked: TypescriptProcess;
  let url: string;
  let directory: string;

  beforeEach(async () => {
    redis = await startOwnRedis();
    directory = await mkdtemp(join(tmpdir(), 'session-kit-blocked-'));
    // Older than every token: only the feed decides about them.
    const began = `${Date.now() - QUARTER_MS}-0`;
    const look = redis.client();
    await look.xadd('sk:revocations', began, 'began', '');
    other = await startBusyApp(adapter, redis.connection);
    blocked = startTypescript(new URL('./spinning-app.ts', import.meta.url), {
      ...redis.env,
      ADAPTER: adapter,
      RELEASE: join(directory, 'release'),
    });
    [url] = (await blocked.lines(1)) as [string];
    // Both have read the existing entries and wait for new ones.
    await eventually(
      () => look.info('clients'),
      (info) => info.includes('blocked_clients:2'),
    );
  });

  afterEach(async () => {
    await blocked?.kill();
    await other?.close();
    await redis?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function login(userId: string): Promise<{ token: string; handle: string }> {
    const sent = { method: 'POST', json: { userId, transport: 'bearer' } };
    const headers = { 'sec-fetch-site': 'same-origin' };
    const { body } = await send<LoggedIn>(`${other.url}/api/login`, { ...sent, headers });
    return { token: body.accessToken, handle: body.handle };
  }

  it('refuses every session that was revoked meanwhile, and no live one', async () => {
    const [ended, living] = [await login('ada'), await login('bob')];
    const ask = (token: string): Promise<Answer> => send(`${url}/api/user`, { token });
    const all = (token: string): Promise<Answer>[] =>
      Array.from({ length: WAITING }, () => ask(token));
    expect((await ask(ended.token)).status).toBe(200);

    const spinning = send(`${url}/spin`);
    await blocked.lines(2);
    // Some arrive before the revocation, some after it; all are processed when the event loop is
    // free again.
    const forEnded = all(ended.token);
    const forLiving = all(living.token);
    await other.get(SessionService).revoke(ended.handle);
    forEnded.push(...all(ended.token));
    forLiving.push(...all(living.token));
    const first = await Promise.race([spinning, ...forEnded, ...forLiving, sleep(WAIT_MS)]);
    expect(first).toBeUndefined();
    await writeFile(join(directory, 'release'), '');

    expect((await spinning).status).toBe(200);
    for (const { status } of await Promise.all(forEnded)) expect([401, 503]).toContain(status);
    for (const { status } of await Promise.all(forLiving)) expect([200, 503]).toContain(status);
    for (const [token, expected] of [
      [ended.token, 401],
      [living.token, 200],
    ] as const) {
      await eventually(
        async () => (await ask(token)).status,
        (status) => status === expected,
      );
    }
  });
});
