import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { memoryBackend } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import {
  codeOf,
  type Node,
  type Nodes,
  open,
  type Opened,
  startNodes,
} from '../../support/nodes.js';
import { type RecordingStore, recordingStore } from '../../support/recording-store.js';

type End = (node: Node, opened: Opened) => Promise<unknown>;

const ENDS: [what: string, code: string, end: End][] = [
  ['revoke', 'SESSION_ENDED', ({ sessions }, { handle }) => sessions.revoke(handle)],
  [
    'revokeUser',
    'SESSION_ENDED',
    ({ sessions }, { session }) => sessions.revokeUser(session.user.id),
  ],
  ['revokeEveryone', 'SESSION_ENDED', ({ sessions }) => sessions.revokeEveryone()],
  [
    'TokenService.revoke',
    'TOKEN_EXPIRED',
    ({ tokens }, { accessToken }) => tokens.revoke(accessToken),
  ],
];

describe.each([1, 2])('the memory store with the feed, shared by %i nodes', (count) => {
  const clock = new FakeClock();
  let recorded: RecordingStore;
  let nodes: Nodes;
  let first: Node;
  let last: Node;

  beforeAll(async () => {
    recorded = recordingStore(memoryBackend({ clock, maxSessions: 1000 }));
    const stores = Array.from({ length: count }, () => recorded.store);
    nodes = await startNodes({ clock, stores, options: { revocation: { check: 'feed' } } });
    [first, last] = [nodes.all[0]!, nodes.all.at(-1)!];
  });

  afterAll(() => nodes.close());

  /** The number of store reads while the last node verified the token. */
  async function verified({ accessToken }: Opened): Promise<{ code: string; reads: number }> {
    const before = recorded.calls.length;
    const code = await codeOf(last.tokens.verifyAccess(accessToken));
    return { code, reads: recorded.calls.length - before };
  }

  it('asks the store for tokens of the first minute, and for none after it', async () => {
    const early = await open(first);
    expect(await verified(early)).toEqual({ code: 'done', reads: 1 });
    clock.advance(120_000);
    expect(await verified(early)).toEqual({ code: 'done', reads: 1 });
    expect(await verified(await open(first))).toEqual({ code: 'done', reads: 0 });
  });

  it('stays up to date without activity', async () => {
    clock.advance(24 * 3_600_000);
    expect(await verified(await open(first))).toEqual({ code: 'done', reads: 0 });
  });

  it.each(ENDS)('refuses at once after %s: %s, without a read', async (_what, code, end) => {
    const opened = await open(first);
    await end(first, opened);
    expect(await verified(opened)).toEqual({ code, reads: 0 });
  });

  it('asks for a session that got a new handle', async () => {
    const opened = await open(first);
    await first.sessions.regenerate(opened.handle);
    expect(await verified(opened)).toEqual({ code: 'SESSION_ENDED', reads: 1 });
  });

  it('asks for a session whose claims changed since the token was issued', async () => {
    const opened = await open(first);
    await first.sessions.updateClaims(opened.session.user.id, { role: 'admin' });
    expect(await verified(opened)).toEqual({ code: 'TOKEN_EXPIRED', reads: 1 });
    const renewed = await last.tokens.refresh(opened.refreshToken);
    expect(await verified({ ...opened, ...renewed })).toEqual({ code: 'done', reads: 0 });
  });

  it('admits a login immediately after all sessions were revoked', async () => {
    await first.sessions.revokeEveryone();
    expect(await verified(await open(first))).toEqual({ code: 'done', reads: 0 });
  });
});
