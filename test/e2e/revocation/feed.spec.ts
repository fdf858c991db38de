import { describe, expect, it } from '@jest/globals';
import type { Session } from 'nestjs-session-kit';
import { claimsOf, codeOf, open, type Opened } from '../../support/nodes.js';
import { send } from '../../support/http-client.js';
import { ADAPTERS } from '../../support/test-app.js';
import { type FeedNodes, readsDuring, refusal, useFeedNodes } from '../../support/feed-nodes.js';

const MAX_PER_USER = 4;
const MAX_DENIED_TOKENS = 16;

/**
 * An operation on one node that ends an access token. `opened` has the token, `other` is another
 * session of the user.
 */
type End = (nodes: FeedNodes, opened: Opened, other: Opened) => Promise<unknown>;

const post = async (url: string, sent: object = {}): Promise<void> => {
  const { status, text } = await send(url, { method: 'POST', ...sent });
  if (status >= 300) throw new Error(`${url} answered ${status}: ${text}`);
};

const userOf = ({ session }: Opened): string => session.user.id;

const ENDS_SESSION: [what: string, end: End][] = [
  [
    'logout with the refresh token',
    ({ here }, { refreshToken }) => post(`${here.app.url}/auth/logout`, { json: { refreshToken } }),
  ],
  [
    'logout with the access token',
    ({ here }, { accessToken: token }) => post(`${here.app.url}/auth/logout`, { token }),
  ],
  [
    'logout-all',
    ({ here }, _opened, { accessToken: token }) =>
      post(`${here.app.url}/auth/logout-all`, { token }),
  ],
  [
    'DELETE sessions/:handle by another device',
    ({ here }, { handle }, { accessToken: token }) =>
      post(`${here.app.url}/auth/sessions/${handle}`, { method: 'DELETE', token }),
  ],
  ['revoke', ({ here }, { handle }) => here.sessions.revoke(handle)],
  [
    'revokeOthers',
    ({ here }, opened, { handle }) => here.sessions.revokeOthers(userOf(opened), handle),
  ],
  ['revokeUser', ({ here }, opened) => here.sessions.revokeUser(userOf(opened))],
  ['revokeEveryone', ({ here }) => here.sessions.revokeEveryone()],
  [
    'TokenService.revoke of the refresh token',
    ({ here }, { refreshToken }) => here.tokens.revoke(refreshToken),
  ],
  [
    'reuse of a refresh token',
    async ({ here }, { refreshToken }) => {
      const second = await here.tokens.refresh(refreshToken);
      await here.tokens.refresh(second.refreshToken);
      expect(await codeOf(here.tokens.refresh(refreshToken))).toBe('REFRESH_REUSED');
    },
  ],
  [
    'more sessions than the user may have',
    async ({ here }, opened) => {
      for (let i = 0; i < MAX_PER_USER; i++) await open(here, userOf(opened));
    },
  ],
  [
    'more revoked tokens than are stored individually',
    async ({ here }, { session }) => {
      for (let i = 0; i <= MAX_DENIED_TOKENS; i++) {
        await here.tokens.revoke(
          (await here.tokens.issue(session as Session<'bearer'>)).accessToken,
        );
      }
    },
  ],
  [
    'claimsFor that returns null at a refresh',
    async ({ here, claims }, opened) => {
      claims.set(userOf(opened), null);
      expect(await codeOf(here.tokens.refresh(opened.refreshToken))).toBe('SESSION_ENDED');
    },
  ],
];

/** The session continues, so a client that refreshes gets a valid token. */
const ENDS_TOKEN: [what: string, end: End][] = [
  [
    'TokenService.revoke of the access token',
    ({ here }, { accessToken }) => here.tokens.revoke(accessToken),
  ],
];

/**
 * As above, and the store decides whether a published revocation still holds: a failover may have
 * lost it.
 */
const CHANGES_CLAIMS: [what: string, end: End][] = [
  [
    'updateClaims',
    ({ here }, opened) => here.sessions.updateClaims(userOf(opened), { role: 'admin' }),
  ],
  [
    'claims that changed at a refresh',
    ({ here, claims }, opened) => {
      claims.set(userOf(opened), { role: 'admin' });
      return here.tokens.refresh(opened.refreshToken);
    },
  ],
];

/**
 * The session continues under another handle. The recheck is published before the move, so the
 * store is asked whether it happened.
 */
const MOVES: [what: string, end: End][] = [
  ['regenerate', ({ here }, { handle }) => here.sessions.regenerate(handle)],
  ['confirm', ({ here }, { accessToken: token }) => post(`${here.app.url}/api/confirm`, { token })],
];

describe.each(ADAPTERS)('two nodes with the feed, on %s', (adapter) => {
  const nodes = useFeedNodes({ adapter, options: { session: { maxPerUser: MAX_PER_USER } } });

  it('check a valid token without a read', async () => {
    const { accessToken } = await open(nodes.here);
    const reads = await readsDuring(nodes, async () => {
      for (const { tokens } of [nodes.here, nodes.there]) {
        for (let i = 0; i < 50; i++) await tokens.verifyAccess(accessToken);
      }
    });
    expect(reads).toBe(0);
  });

  async function play(end: End): Promise<Opened> {
    const opened = await open(nodes.here);
    // It is not specified which of two equally old sessions the limit ends.
    nodes.clock.advance(1);
    await end(nodes, opened, await open(nodes.here, userOf(opened)));
    return opened;
  }

  /** On both nodes, with this number of reads on each. */
  async function expectRefused(accessToken: string, code: string, readsOnEach: 0 | 1) {
    const { here, there } = nodes;
    expect(await codeOf(here.tokens.verifyAccess(accessToken))).toBe(code);
    expect(await refusal(there, accessToken)).toBe(code);
    const reads = await readsDuring(nodes, async () => {
      for (const { tokens } of [here, there]) {
        expect(await codeOf(tokens.verifyAccess(accessToken))).toBe(code);
      }
    });
    expect(reads).toBe(2 * readsOnEach);
  }

  it.each([
    ...ENDS_SESSION.map(([what, end]) => [what, 0, end] as const),
    ...MOVES.map(([what, end]) => [what, 1, end] as const),
  ])('%s: the session is refused on both with %i reads', async (_what, reads, end) => {
    const { accessToken, refreshToken } = await play(end);
    await expectRefused(accessToken, 'SESSION_ENDED', reads);
    expect(await codeOf(nodes.there.tokens.refresh(refreshToken))).toBe('SESSION_ENDED');
  });

  it.each([
    ...ENDS_TOKEN.map(([what, end]) => [what, 0, end] as const),
    ...CHANGES_CLAIMS.map(([what, end]) => [what, 1, end] as const),
  ])(
    '%s: the token is refused on both with %i reads, until a refresh',
    async (_what, reads, end) => {
      const { accessToken, refreshToken } = await play(end);
      await expectRefused(accessToken, 'TOKEN_EXPIRED', reads);
      const renewed = await nodes.there.tokens.refresh(refreshToken);
      for (const { tokens } of [nodes.here, nodes.there]) {
        expect(await codeOf(tokens.verifyAccess(renewed.accessToken))).toBe('done');
      }
    },
  );

  it('a login over a login: the previous credentials of the browser are refused on both, without a read', async () => {
    const { here, there } = nodes;
    const login = async (userId: string, cookie?: string): Promise<string[]> => {
      const { status, headers } = await send(`${here.app.url}/api/login`, {
        method: 'POST',
        json: { userId, transport: 'bearer-cookie', claims: { role: 'user' } },
        ...(cookie !== undefined && { headers: { cookie } }),
      });
      expect(status).toBe(200);
      return headers.getSetCookie().map((line) => line.split(';')[0]!);
    };
    const cookies = await login('ada-of-a-shared-machine');
    const accessToken = cookies.find((one) => one.includes('access'))!.split('=')[1]!;
    expect(claimsOf(accessToken).role).toBe('user');
    await there.tokens.verifyAccess(accessToken);
    await login('bob-of-a-shared-machine', cookies.join('; '));
    await expectRefused(accessToken, 'SESSION_ENDED', 0);
  });
});
