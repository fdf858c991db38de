import { describe, expect, it } from '@jest/globals';
import type { TokenPair } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { claimsOf, codeOf, open, type Opened, SHARED, useTwoNodes } from '../../support/nodes.js';

const GRACE_MS = 30_000;
const HOUR_MS = 3_600_000;

const jtiOf = ({ refreshToken }: TokenPair): string => claimsOf(refreshToken).jti;

/**
 * Known defects of other systems in the time in which a replaced refresh token is still accepted.
 */
describe.each(SHARED)('the grace of refresh tokens, on one %s', (shared) => {
  const nodes = useTwoNodes(shared);

  /** Refreshes on the two nodes in turn, as behind a load balancer. */
  let turn = 0;
  const refresh = (token: string): Promise<TokenPair> =>
    nodes.all[turn++ % 2]!.tokens.refresh(token);
  const opened = (): Promise<Opened> => open(nodes.all[0]!);

  async function expectEnded({ session, handle }: Opened, ...tokens: string[]): Promise<void> {
    for (const { sessions } of nodes.all) {
      expect(await sessions.find(handle)).toBeNull();
      expect(await sessions.list(session.user.id)).toEqual([]);
    }
    for (const token of tokens) expect(await codeOf(refresh(token))).toBe('SESSION_ENDED');
  }

  it('10.4.5 applies to the token just replaced; an older one ends the session', async () => {
    const first = await opened();
    const second = await refresh(first.refreshToken);
    const third = await refresh(second.refreshToken);
    expect(await codeOf(refresh(first.refreshToken))).toBe('REFRESH_REUSED');
    await expectEnded(first, second.refreshToken, third.refreshToken);
  });

  it('10.4.5 yields the same successor each time, so that no second successor exists', async () => {
    const first = await opened();
    const second = await refresh(first.refreshToken);
    const again = [await refresh(first.refreshToken), await refresh(first.refreshToken)];
    expect(again.map(jtiOf)).toEqual([jtiOf(second), jtiOf(second)]);
    const third = await refresh(again[0]!.refreshToken);
    expect(jtiOf(await refresh(second.refreshToken))).toBe(jtiOf(third));
    expect(await codeOf(refresh(first.refreshToken))).toBe('REFRESH_REUSED');
    await expectEnded(first, third.refreshToken);
  });

  it('10.4.5 is counted from the rotation: a replay does not prolong it', async () => {
    const first = await opened();
    const second = await refresh(first.refreshToken);
    for (const ms of [GRACE_MS / 2, GRACE_MS / 2 - 1]) {
      nodes.clock.advance(ms);
      expect(jtiOf(await refresh(first.refreshToken))).toBe(jtiOf(second));
    }
    nodes.clock.advance(1);
    expect(await codeOf(refresh(first.refreshToken))).toBe('REFRESH_REUSED');
    await expectEnded(first, second.refreshToken);
  });

  it.each<[string, (opened: Opened) => Promise<unknown>]>([
    ['the session', ({ handle }) => nodes.all[0]!.sessions.revoke(handle)],
    ['all sessions', ({ session }) => nodes.all[0]!.sessions.revokeUser(session.user.id)],
    ['the refresh token', ({ refreshToken }) => nodes.all[0]!.tokens.revoke(refreshToken)],
    ['the id of the session', ({ handle }) => nodes.all[0]!.sessions.regenerate(handle)],
  ])('10.4.5 issues nothing after the end of %s', async (_what, end) => {
    const first = await opened();
    const second = await refresh(first.refreshToken);
    await end(first);
    expect(await codeOf(refresh(first.refreshToken))).toBe('SESSION_ENDED');
    expect(await codeOf(refresh(second.refreshToken))).toBe('SESSION_ENDED');
  });

  it('10.4.5 gives concurrent callers one successor, so that a later theft is noticed', async () => {
    const first = await opened();
    const pairs = await Promise.all([refresh(first.refreshToken), refresh(first.refreshToken)]);
    expect(jtiOf(pairs[0])).toBe(jtiOf(pairs[1]));
    nodes.clock.advance(HOUR_MS);
    const next = await refresh(pairs[0].refreshToken);
    expect(jtiOf(await refresh(pairs[1].refreshToken))).toBe(jtiOf(next));
    nodes.clock.advance(HOUR_MS);
    expect(await codeOf(refresh(next.refreshToken))).toBe('done');
  });

  it('10.4.5 gives the loser of a race the answer of the winner, and logs out neither', async () => {
    const first = await opened();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        send<TokenPair>(`${nodes.all[i % 2]!.app.url}/auth/refresh`, {
          method: 'POST',
          json: { refreshToken: first.refreshToken },
        }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    for (const { headers, body } of answers) {
      expect(headers.get('set-cookie')).toBeNull();
      const other = nodes.all[turn++ % 2]!;
      expect(await codeOf(other.tokens.verifyAccess(body.accessToken))).toBe('done');
    }
    expect(new Set(answers.map(({ body }) => jtiOf(body))).size).toBe(1);
  });

  it('10.4.5 does not extend reuse of one session to others of the user', async () => {
    const first = await opened();
    const other = await open(nodes.all[1]!, first.session.user.id);
    await refresh(first.refreshToken);
    nodes.clock.advance(GRACE_MS);
    expect(await codeOf(refresh(first.refreshToken))).toBe('REFRESH_REUSED');
    const left = await nodes.all[0]!.sessions.list(first.session.user.id);
    expect(left.map(({ handle }) => handle)).toEqual([other.handle]);
    expect(await codeOf(refresh(other.refreshToken))).toBe('done');
  });
});
