import { describe, expect, it } from '@jest/globals';
import { codeOf, open } from '../../support/nodes.js';
import { readsDuring, refusal, useFeedNodes, windowOf } from '../../support/feed-nodes.js';

describe('revokeEveryone with the feed', () => {
  const nodes = useFeedNodes();

  it('keeps an immediately following login live on both nodes, also after both have received the revocation', async () => {
    const { here, there } = nodes;
    const old = await open(there);
    await here.sessions.revokeEveryone();
    const young = [await open(here), await open(there)];
    expect(await refusal(there, old.accessToken)).toBe('SESSION_ENDED');
    for (const { tokens } of [here, there]) {
      for (const { accessToken } of young) await tokens.verifyAccess(accessToken);
    }
    for (const { refreshToken } of young) {
      const { accessToken } = await there.tokens.refresh(refreshToken);
      for (const { tokens } of [here, there]) await tokens.verifyAccess(accessToken);
    }
  });

  it('needs no read to check: earlier tokens are refused without one', async () => {
    const { here, there } = nodes;
    const old = await Promise.all(Array.from({ length: 20 }, () => open(here)));
    await here.sessions.revokeEveryone();
    await refusal(there, old[0]!.accessToken);
    const reads = await readsDuring(nodes, async () => {
      for (const { tokens } of [here, there]) {
        for (const { accessToken } of old) {
          expect(await codeOf(tokens.verifyAccess(accessToken))).toBe('SESSION_ENDED');
        }
      }
    });
    expect(reads).toBe(0);
    expect(windowOf(there).state().entries).toBeLessThan(20);
  });

  it('refuses a concurrent refresh on the other node', async () => {
    const { here, there } = nodes;
    const old = await Promise.all(Array.from({ length: 20 }, () => open(here)));
    await here.sessions.revokeEveryone();
    const codes = old.map(({ refreshToken }) => codeOf(there.tokens.refresh(refreshToken)));
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['SESSION_ENDED']));
  });

  it('by several nodes at once ends all earlier sessions, and no later one', async () => {
    const { here, there } = nodes;
    const old = await open(here);
    await Promise.all([here, there, here, there].map(({ sessions }) => sessions.revokeEveryone()));
    const { accessToken } = await open(there);
    for (const node of [here, there]) {
      expect(await refusal(node, old.accessToken)).toBe('SESSION_ENDED');
      await node.tokens.verifyAccess(accessToken);
    }
  });

  it('survives the loss of the epoch in Redis: nodes that know it restore it', async () => {
    const { here, there, look, keyPrefix } = nodes;
    const old = await open(here);
    await here.sessions.revokeEveryone();
    await refusal(there, old.accessToken);
    const { epoch } = windowOf(there);
    const stream = `${keyPrefix}revocations`;
    expect(await look.del(`${keyPrefix}{${stream}}:epoch`, stream)).toBe(2);
    const young = await open(there);
    await here.sessions.revokeEveryone();
    expect(await refusal(there, young.accessToken)).toBe('SESSION_ENDED');
    expect(windowOf(there).epoch).toBe(epoch + 1);
    const youngest = await open(here);
    for (const { tokens } of [here, there]) await tokens.verifyAccess(youngest.accessToken);
  });
});
