import { describe, expect, it } from '@jest/globals';
import type { SessionStore, StoreContext } from 'nestjs-session-kit';
import { describeSessionStore, FakeClock } from 'nestjs-session-kit/testing';
import { Database } from '../../examples/custom-store/database.js';
import { tableBackend } from '../../examples/custom-store/table-backend.js';
import { RevocationCache } from '../../lib/revocation/revocation-cache.js';
import { eventually } from '../support/eventually.js';
import { codeOf, type Node, open, type Opened, startNodes } from '../support/nodes.js';

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
    const [one, other] = nodes.all as [Node, Node];
    clock.advance(120_000);
    const cache = other.app.get(RevocationCache);
    await eventually(
      () => cache.state().fresh,
      (fresh) => fresh,
    );
    const opened = await open(one);
    await other.tokens.verifyAccess(opened.accessToken);
    await one.sessions.revoke(opened.handle);
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

describe('two nodes on a store without a revocation log', () => {
  type End = (node: Node, opened: Opened) => Promise<unknown>;

  it.each<[what: string, code: string, end: End]>([
    ['revoke', 'SESSION_ENDED', ({ sessions }, { handle }) => sessions.revoke(handle)],
    ['revokeEveryone', 'SESSION_ENDED', ({ sessions }) => sessions.revokeEveryone()],
    [
      'TokenService.revoke',
      'TOKEN_EXPIRED',
      ({ tokens }, { accessToken }) => tokens.revoke(accessToken),
    ],
    [
      'updateClaims',
      'TOKEN_EXPIRED',
      ({ sessions }, { session }) => sessions.updateClaims(session.user.id, { role: 'admin' }),
    ],
  ])('refuse tokens after %s on the other node: %s', async (_what, code, end) => {
    const database = new Database();
    const store = (context: StoreContext): SessionStore => tableBackend(database)(context).store;
    const nodes = await startNodes({ stores: [store, store] });
    const [one, other] = nodes.all as [Node, Node];
    const opened = await open(one);
    expect(await codeOf(other.tokens.verifyAccess(opened.accessToken))).toBe('done');
    await end(one, opened);
    expect(await codeOf(other.tokens.verifyAccess(opened.accessToken))).toBe(code);
    expect(await codeOf(other.tokens.verifyAccess((await open(other)).accessToken))).toBe('done');
    await nodes.close();
  });
});
