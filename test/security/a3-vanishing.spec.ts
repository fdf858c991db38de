import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { send } from '../support/http-client.js';
import { useTwoAttackTargets } from './use-two-attack-targets.js';
import { logIn, refresh } from '../support/apps/attack-target.controller.js';

describe('keys that stay in Redis', () => {
  const nodes = useTwoAttackTargets({
    tokens: { accessTtlSeconds: 1, refreshTtlSeconds: 2 },
    session: { absoluteTimeoutSeconds: 2, idleTimeoutSeconds: 2 },
    // Its keys live as long as its windows, which another test covers.
    rateLimit: false,
  });

  /** The age of its entries limits the stream, and the epoch must outlive every session. */
  const ofSessions = async (): Promise<string[]> =>
    (await nodes.keys()).filter((key) => !/:(revocations|epoch)$/.test(key));

  it('14.2.7 have a time to live, and expire with their sessions', async () => {
    for (let i = 0; i < 100; i++) {
      const pair = await logIn(nodes.express.url, `user ${i % 20}`);
      if (i % 4 === 0) await nodes.tokens.revoke(pair.accessToken);
      const { tokens } = await refresh(nodes.fastify.url, pair.refreshToken);
      const token = tokens.accessToken;
      if (i % 4 === 1) {
        await send(`${nodes.express.url}/target/data`, { method: 'PATCH', token, json: { i } });
      }
      if (i % 4 === 2) await send(`${nodes.express.url}/target/confirm`, { method: 'POST', token });
      if (i % 4 === 3) {
        await send(`${nodes.express.url}/auth/logout`, { method: 'POST', token });
      }
    }
    const keys = await ofSessions();
    const lives = await Promise.all(keys.map((key) => nodes.redis.pttl(key)));
    // -1: a key without expiry.
    expect(lives.filter((ms) => ms === -1 || ms > 2000)).toEqual([]);
    expect(keys.length).toBeGreaterThan(0);
    await eventually(ofSessions, (left) => left.length === 0);
    expect(await ofSessions()).toEqual([]);
  });
});
