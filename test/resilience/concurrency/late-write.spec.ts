import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { memoryBackend, type SessionData } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { Gate, gatedStore } from '../../support/gated-store.js';
import { claimsOf, type Node, type Nodes, open, startNodes } from '../../support/nodes.js';
import { tokensIn } from '../../support/session-credential.js';

const increment = (data: SessionData & { count?: number }): SessionData => ({
  count: (data.count ?? 0) + 1,
});

type First = 'the late one' | 'the retry';

/** A write that was abandoned after the timeout of the store, and still reaches it. */
describe('a write that arrives late', () => {
  const gate = new Gate();
  const clock = new FakeClock();
  const shared = memoryBackend({ clock, maxSessions: 1000 });
  let nodes: Nodes;
  let node: Node;

  beforeAll(async () => {
    nodes = await startNodes({ clock, stores: [gatedStore(shared, gate)] });
    node = nodes.all[0]!;
  });

  afterAll(() => nodes.close());

  /**
   * Runs `act` with its first write held back until the next attempt is about to write; then
   * `first` goes first.
   */
  async function late<T>(first: First, act: () => Promise<T>): Promise<T> {
    gate.close();
    const acting = act();
    await gate.arrival();
    gate.letThrough();
    await gate.arrival();
    // The write waits here until its caller abandons it and reads again.
    await gate.arrival(2);
    gate.letThrough(1);
    await gate.arrival(2);
    gate.letThrough(first === 'the late one' ? 0 : 1);
    gate.open();
    return acting;
  }

  describe.each<First>(['the late one', 'the retry'])('%s before the other', (first) => {
    it('is applied once if it is an update', async () => {
      const { handle } = await open(node);
      const updated = await late(first, () => node.sessions.update(handle, increment));
      expect(updated.data).toEqual({ count: 1 });
      expect((await shared.store.read(handle))?.data).toEqual({ count: 1 });
    });

    it('10.4.5 is the only rotation if it is a refresh, and its token is valid', async () => {
      const { handle, refreshToken } = await open(node);
      const pair = await late(first, () => node.tokens.refresh(refreshToken));
      const chain = (await shared.store.read(handle))?.refresh;
      expect(chain).toMatchObject({ gen: 1, current: { jti: claimsOf(pair.refreshToken).jti } });
      expect(claimsOf((await node.tokens.refresh(pair.refreshToken)).refreshToken).gen).toBe(2);
    });

    it('is the only move if it is a new id, and the issued token is valid', async () => {
      const { handle } = await open(node);
      const made = await late(first, () => node.sessions.regenerate(handle));
      const { sid, sub } = await node.tokens.verifyAccess(tokensIn(made).accessToken);
      expect(sid).toBe(made.session.handle);
      expect(await shared.store.list(sub)).toHaveLength(1);
    });
  });
});
