import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { type Answer, send } from '../../support/http-client.js';
import { codeOf, open } from '../../support/nodes.js';
import { ADAPTERS } from '../../support/test-app.js';
import { fresh, readsDuring, useFeedNodes, windowOf } from '../../support/feed-nodes.js';

const MAX_STALENESS_MS = 1000;

describe.each(ADAPTERS)('a node that receives no revocations any more, on %s', (adapter) => {
  const nodes = useFeedNodes({
    adapter,
    options: { revocation: { maxStalenessMs: MAX_STALENESS_MS } },
  });

  const get = (accessToken: string): Promise<Answer> =>
    send(`${nodes.there.app.url}/api/plain`, { token: accessToken });

  /** Redis answers all commands except reads of streams. */
  const cutFeed = (): Promise<unknown> => nodes.look.acl('SETUSER', 'default', '-xread');

  const stale = (): Promise<unknown> =>
    eventually(
      () => windowOf(nodes.there).state().fresh,
      (isFresh) => !isFresh,
    );

  afterEach(async () => {
    await nodes.look.acl('SETUSER', 'default', '+xread');
    for (const node of [nodes.here, nodes.there]) await fresh(node);
  });

  it('accepts no token without a read for longer than it promises', async () => {
    const { accessToken, handle } = await open(nodes.here);
    await cutFeed();
    await nodes.here.sessions.revoke(handle);
    const acknowledgedMs = performance.now();
    const late: string[] = [];
    const endsAt = acknowledgedMs + 2 * MAX_STALENESS_MS;
    // As often as possible, on a machine that is too busy for ten checks in that time.
    while (performance.now() < endsAt || late.length <= 10) {
      const askedMs = performance.now();
      const code = await codeOf(nodes.there.tokens.verifyAccess(accessToken));
      if (askedMs > acknowledgedMs + MAX_STALENESS_MS) late.push(code);
      await sleep(10);
    }
    expect(new Set(late)).toEqual(new Set(['SESSION_ENDED']));
  });

  it('reads the store: live sessions pass, with one read, and ended ones do not', async () => {
    const [living, ended] = [await open(nodes.here), await open(nodes.here)];
    await cutFeed();
    await stale();
    await nodes.here.sessions.revoke(ended.handle);
    const reads = await readsDuring(nodes, async () => {
      expect((await get(living.accessToken)).status).toBe(200);
      expect((await get(ended.accessToken)).status).toBe(401);
    });
    expect(reads).toBe(2);
  });

  it('reads nothing once it is connected again, and has missed nothing', async () => {
    const [living, ended] = [await open(nodes.here), await open(nodes.here)];
    await cutFeed();
    await stale();
    await nodes.here.sessions.revoke(ended.handle);
    await nodes.look.acl('SETUSER', 'default', '+xread');
    await fresh(nodes.there);
    const reads = await readsDuring(nodes, async () => {
      expect((await get(living.accessToken)).status).toBe(200);
      expect((await get(ended.accessToken)).status).toBe(401);
    });
    expect(reads).toBe(0);
  });

  it('answers 503 if the store is silent too, and never admits an ended session', async () => {
    const [living, ended, known] = [
      await open(nodes.here),
      await open(nodes.here),
      await open(nodes.here),
    ];
    await nodes.there.sessions.revoke(known.handle);
    await cutFeed();
    await stale();
    await nodes.here.sessions.revoke(ended.handle);
    nodes.redis.signal('SIGSTOP');
    try {
      for (const { accessToken } of [ended, living]) {
        const { status, headers, body } = await get(accessToken);
        expect([status, body['code']]).toEqual([503, 'STORE_UNAVAILABLE']);
        expect(headers.get('retry-after')).toBe('1');
      }
      // It refuses known revocations without a read.
      expect((await get(known.accessToken)).status).toBe(401);
    } finally {
      nodes.redis.signal('SIGCONT');
    }
    await eventually(
      async () => (await get(living.accessToken)).status,
      (status) => status === 200,
    );
    expect((await get(ended.accessToken)).status).toBe(401);
  });

  it('answers 503 while Redis is dead, and recovers without a restart', async () => {
    const [living, ended] = [await open(nodes.here), await open(nodes.here)];
    await cutFeed();
    await stale();
    await nodes.here.sessions.revoke(ended.handle);
    await nodes.redis.kill();
    try {
      for (let i = 0; i < 5; i++) expect((await get(ended.accessToken)).status).toBe(503);
      expect((await get(living.accessToken)).status).toBe(503);
    } finally {
      await nodes.redis.start();
    }
    // Redis restarts empty, so no sessions are left.
    const later = await eventually(
      async () => (await get(living.accessToken)).status,
      (status) => status !== 503,
    );
    expect(later).toBe(401);
    const again = await eventually(
      () => open(nodes.here).catch(() => undefined),
      (opened) => opened !== undefined,
    );
    expect((await get(again!.accessToken)).status).toBe(200);
  });
});
