import { describe, expect, it } from '@jest/globals';
import { send } from '../../support/http-client.js';
import { open } from '../../support/nodes.js';
import { ADAPTERS } from '../../support/test-app.js';
import { readsDuring, recordKey, useFeedNodes } from '../../support/feed-nodes.js';

/** The number of reads for a request of this route. */
const ROUTES = [
  ['plain', 0],
  ['user', 0],
  ['role', 0],
  ['session', 1],
  ['verified', 1],
  ['everything', 1],
] as const;

describe.each(ADAPTERS)('the needs of a handler, with the feed on %s', (adapter) => {
  const nodes = useFeedNodes({ adapter });

  const get = (route: string, token: string): Promise<{ status: number }> =>
    send(`${nodes.there.app.url}/api/${route}`, { token });

  it.each(ROUTES)('determine the reads: GET %s costs %i', async (route, cost) => {
    const { accessToken } = await open(nodes.here);
    const reads = await readsDuring(nodes, async () => {
      for (let i = 0; i < 5; i++) expect((await get(route, accessToken)).status).toBe(200);
    });
    expect(reads).toBe(5 * cost);
  });

  it.each(ROUTES)(
    'determine whether an unpublished end is noticed: GET %s',
    async (route, cost) => {
      const { accessToken, handle } = await open(nodes.here);
      await nodes.look.del(recordKey(nodes, handle));
      const reads = await readsDuring(nodes, async () => {
        expect((await get(route, accessToken)).status).toBe(cost === 1 ? 401 : 200);
      });
      expect(reads).toBe(cost);
    },
  );

  it.each(ROUTES)('need no read if the end is known: GET %s', async (route, _cost) => {
    const { accessToken, handle } = await open(nodes.there);
    await nodes.there.sessions.revoke(handle);
    const reads = await readsDuring(nodes, async () => {
      expect((await get(route, accessToken)).status).toBe(401);
    });
    expect(reads).toBe(0);
  });
});
