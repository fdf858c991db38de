import { describe, expect, it } from '@jest/globals';
import type { TokenPair } from 'nestjs-session-kit';
import { send } from '../support/http-client.js';
import { claimsOf, codeOf, open, type Opened, SHARED, useTwoNodes } from '../support/nodes.js';

const GRACE_MS = 30_000;
const HOUR_MS = 3_600_000;

const jtiOf = ({ refreshToken }: TokenPair): string => claimsOf(refreshToken).jti;

/** What other systems got wrong in the time in which a replaced refresh token still counts. */
describe.each(SHARED)('the grace window of refresh tokens, on one %s', (shared) => {
  const nodes = useTwoNodes(shared);

  /** Refreshes on one node and the other in turn, as behind a load balancer. */
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

  it('10.4.5 takes the token just replaced, none that is older, and ends the session', async () => {
    const first = await opened();
    const second = await refresh(first.refreshToken);
    const third = await refresh(second.refreshToken);
    expect(await codeOf(refresh(first.refreshToken))).toBe('REFRESH_REUSED');
    await expectEnded(first, second.refreshToken, third.refreshToken);
  });

  it('10.4.5 brings the same successor each time, so the chain never forks', async () => {
    const first = await opened();
    const second = await refresh(first.refreshToken);
    const again = [await refresh(first.refreshToken), await refresh(first.refreshToken)];
    expect(again.map(jtiOf)).toEqual([jtiOf(second), jtiOf(second)]);
    const third = await refresh(again[0]!.refreshToken);
    expect(jtiOf(await refresh(second.refreshToken))).toBe(jtiOf(third));
    expect(await codeOf(refresh(first.refreshToken))).toBe('REFRESH_REUSED');
    await expectEnded(first, third.refreshToken);
  });

  it('10.4.5 counts the window from the rotation: using it does not prolong it', async () => {
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
  ])('10.4.5 mints nothing within the window after the end of %s', async (_what, end) => {
    const first = await opened();
    const second = await refresh(first.refreshToken);
    await end(first);
    expect(await codeOf(refresh(first.refreshToken))).toBe('SESSION_ENDED');
    expect(await codeOf(refresh(second.refreshToken))).toBe('SESSION_ENDED');
  });

  it('10.4.5 lets racers share one successor, so that no theft is seen a lifetime later', async () => {
    const first = await opened();
    const pairs = await Promise.all([refresh(first.refreshToken), refresh(first.refreshToken)]);
    expect(jtiOf(pairs[0])).toBe(jtiOf(pairs[1]));
    nodes.clock.advance(HOUR_MS);
    const next = await refresh(pairs[0].refreshToken);
    expect(jtiOf(await refresh(pairs[1].refreshToken))).toBe(jtiOf(next));
    nodes.clock.advance(HOUR_MS);
    expect(await codeOf(refresh(next.refreshToken))).toBe('done');
  });

  it('10.4.5 the loser of a race is answered like the winner, and logs nobody out', async () => {
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

  it('10.4.5 reuse ends this session of the user and no other', async () => {
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
