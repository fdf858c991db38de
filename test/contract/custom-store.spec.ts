import { describe, expect, it } from '@jest/globals';
import { SessionService, type StoreContext, TokenService } from 'nestjs-session-kit';
import { describeSessionStore, FakeClock } from 'nestjs-session-kit/testing';
import { Database } from '../../examples/custom-store/database.js';
import { tableBackend } from '../../examples/custom-store/table-backend.js';
import { RevocationCache } from '../../lib/revocation/revocation-cache.js';
import { eventually } from '../support/eventually.js';
import { codeOf, open, startNodes } from '../support/nodes.js';

function contextWith(clock: FakeClock): StoreContext {
  const revocation = { windowMs: 3_665_000, maxStalenessMs: 300, waitReplicas: 0 };
  return { clock, keyPrefix: 'sk:', revocation };
}

describeSessionStore(
  'the custom store of the documentation',
  async () => {
    const clock = new FakeClock();
    const make = tableBackend(new Database());
    const peer = make(contextWith(clock));
    return { ...make(contextWith(clock)), clock, peer, close: async () => {} };
  },
  { revocationLog: true },
);

describe('two nodes on the custom store of the documentation', () => {
  it("refuse each other's revoked tokens without a read", async () => {
    const clock = new FakeClock();
    const make = tableBackend(new Database());
    const revocation = { check: 'feed', maxStalenessMs: 300 } as const;
    const nodes = await startNodes({ clock, stores: [make, make], options: { revocation } });
    const [one, other] = nodes.all as [(typeof nodes.all)[number], (typeof nodes.all)[number]];
    clock.advance(120_000);
    const cache = other.app.get(RevocationCache);
    await eventually(
      () => cache.state().fresh,
      (fresh) => fresh,
    );
    const opened = await open(one);
    await other.app.get(TokenService).verifyAccess(opened.accessToken);
    await one.app.get(SessionService).revoke(opened.handle);
    await eventually(
      () => cache.hasEnded({ handle: opened.handle, epoch: 0 } as never),
      (ended) => ended,
    );
    expect(await codeOf(other.tokens.verifyAccess(opened.accessToken))).toBe('SESSION_ENDED');
    await one.sessions.revokeEveryone();
    await eventually(
      () => cache.epoch,
      (epoch) => epoch === 1,
    );
    await nodes.close();
  });
});
