import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Browser } from '../../support/browser-client.js';
import { eventually } from '../../support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';
import {
  begin,
  stateCookies,
  StatesController,
  take,
  VALUE,
} from '../../support/apps/states.controller.js';

describe.each(ADAPTERS)('%s: TransientState on two nodes with Redis', (adapter) => {
  let redis: OwnRedis;
  let nodes: [TestApp, TestApp];

  beforeAll(async () => {
    redis = await startOwnRedis();
    const start = (): Promise<TestApp> =>
      startApp({
        adapter,
        controllers: [StatesController],
        options: { redis: redis.connection },
      });
    nodes = [await start(), await start()];
  });

  afterAll(async () => {
    for (const node of nodes ?? []) await node.close();
    await redis?.stop();
  });

  it('gives the value of a state that began on the other node to one request', async () => {
    const browser = new Browser(nodes[0].url);
    const state = await begin(browser);
    const [cookie = ''] = await stateCookies(browser);
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        take(browser.at(nodes[i % 2 === 0 ? 1 : 0].url), state, { cookie }),
      ),
    );
    const values = taken.filter(({ status }) => status === 200).map(({ body }) => body);
    expect(values).toEqual([{ value: VALUE }]);
  });

  it('answers 503 during an outage and leaves the state for later', async () => {
    const browser = new Browser(nodes[0].url);
    const [state, missing] = [await begin(browser), 'A'.repeat(22)];
    await redis.kill();
    for (const { url } of nodes) {
      const { status, body, headers, setCookies } = await take(browser.at(url), state);
      expect([status, body['code']]).toEqual([503, 'STORE_UNAVAILABLE']);
      expect(headers.get('retry-after')).toBe('1');
      expect(setCookies).toEqual([]);
    }
    // Nothing has to be counted for a state that does not exist.
    expect((await take(browser, missing)).status).toBe(400);

    await redis.start();
    const taken = await eventually(
      () => take(browser, state),
      ({ status }) => status !== 503,
    );
    expect([taken.status, taken.body]).toEqual([200, { value: VALUE }]);
  });
});
