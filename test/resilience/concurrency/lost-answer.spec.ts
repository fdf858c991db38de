import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionData } from 'nestjs-session-kit';
import { CREATE } from '../../../lib/backends/redis/scripts/create.js';
import { DELETE } from '../../../lib/backends/redis/scripts/delete.js';
import { MOVE } from '../../../lib/backends/redis/scripts/move.js';
import { REPLACE } from '../../../lib/backends/redis/scripts/replace.js';
import { eventually } from '../../support/eventually.js';
import { claimsOf, codeOf, type Node, type Nodes, open, startNodes } from '../../support/nodes.js';
import type { Loss } from '../../support/tcp-proxy.js';
import { type Client, type LossyLine, startRedisAfar } from './lossy-line.js';
import { tokensIn } from '../../support/session-credential.js';

/** By its digest: reads, publications and the start of the stream are scripts as well. */
const callOf = ({ lua }: { readonly lua: string }): RegExp =>
  new RegExp(createHash('sha1').update(lua).digest('hex'));
const CREATING = callOf(CREATE);
const REPLACING = callOf(REPLACE);
const MOVING = callOf(MOVE);
const DELETING = callOf(DELETE);

const increment = (data: SessionData & { count?: number }): SessionData => ({
  count: (data.count ?? 0) + 1,
});

const CASES: readonly [loss: Loss, client: Client][] = [
  ['reset', 'kit'],
  ['cut', 'kit'],
  ['hang', 'kit'],
  // These clients resend unanswered commands themselves.
  ['reset', 'app'],
  ['cut', 'app'],
  ['reset', 'cluster'],
  ['cut', 'cluster'],
  ['hang', 'cluster'],
];

async function neverSent(): Promise<never> {
  await sleep(10_000, undefined, { ref: false });
  throw new Error('no such write was sent');
}

/**
 * The errors allowed while the connection is lost: 503 if the change has no time left for another
 * attempt.
 */
const ALLOWED_CODES = ['done', 'STORE_UNAVAILABLE'];

describe.each(CASES)(
  'an applied write whose answer is lost by a %s, with a client of the %s',
  (loss, client) => {
    /** Enough that some are on every server. */
    const users = client === 'cluster' ? 30 : 1;
    let redis: Awaited<ReturnType<typeof startRedisAfar>>;
    let line: LossyLine;
    let nodes: Nodes;
    /** Reaches Redis over the connection that loses answers. */
    let afar: Node;
    let near: Node;

    beforeAll(async () => {
      redis = await startRedisAfar(client);
    });

    afterAll(() => redis?.stop());

    beforeEach(async () => {
      line = await redis.openLine();
      nodes = await startNodes({ stores: [line.afar, line.near] });
      [afar, near] = nodes.all as [Node, Node];
      // Every server knows every script, so that a lost command is an applied one.
      for (let i = 0; i < users; i++) {
        const { handle, session } = await open(afar);
        await afar.sessions.update(handle, increment);
        await afar.sessions.regenerate(handle);
        // Before the other end: an ended session is located and not deleted again.
        await afar.sessions.revoke(handle);
        await afar.sessions.revokeUser(session.user.id);
      }
    });

    afterEach(async () => {
      await nodes.close();
      await line.close();
    });

    /**
     * Runs an operation whose first such write is applied and never answered, and waits until the
     * application has recovered.
     */
    async function losing<T>(
      act: () => Promise<T>,
      write: RegExp,
    ): Promise<{ code: string; value?: T }> {
      const lost = line.loseAnswerTo(write, loss);
      const acting = act();
      const code = await codeOf(acting);
      await Promise.race([lost, neverSent()]);
      const probes = await Promise.all(
        Array.from({ length: users }, () =>
          near.sessions.create({ transport: 'cookie', userId: randomUUID() }),
        ),
      );
      await eventually(
        () => Promise.all(probes.map((probe) => codeOf(afar.sessions.find(probe.session.handle)))),
        (answers) => answers.every((answer) => answer === 'done'),
      );
      return code === 'done' ? { code, value: await acting } : { code };
    }

    it('an update is applied once', async () => {
      const { handle } = await open(afar);
      const { code } = await losing(() => afar.sessions.update(handle, increment), REPLACING);
      expect(ALLOWED_CODES).toContain(code);
      expect((await near.sessions.find(handle))?.data).toEqual({ count: 1 });
      expect((await afar.sessions.update(handle, increment)).data).toEqual({ count: 2 });
    });

    it('10.4.5 a refresh is repeated with the same token, returns the same successor, and is not reuse', async () => {
      const { refreshToken, handle } = await open(afar);
      const { code, value } = await losing(() => afar.tokens.refresh(refreshToken), REPLACING);
      expect(ALLOWED_CODES).toContain(code);
      const retries = [
        await near.tokens.refresh(refreshToken),
        await afar.tokens.refresh(refreshToken),
      ];
      const all = [value, ...retries].filter((pair) => pair !== undefined);
      expect(new Set(all.map((pair) => claimsOf(pair.refreshToken).jti)).size).toBe(1);
      expect(claimsOf(retries[0]!.refreshToken).gen).toBe(1);
      const next = await afar.tokens.refresh(retries[1]!.refreshToken);
      expect(claimsOf(next.refreshToken).gen).toBe(2);
      expect(await near.sessions.find(handle)).not.toBeNull();
    });

    it('a login leaves exactly one session', async () => {
      const userId = randomUUID();
      const { code, value } = await losing(
        () => afar.sessions.create({ transport: 'cookie', userId }),
        CREATING,
      );
      expect(ALLOWED_CODES).toContain(code);
      const live = await near.sessions.list(userId);
      expect(live).toHaveLength(1);
      expect([live[0]!.handle, undefined]).toContain(value?.session.handle);
    });

    it('a new id leaves exactly one session, and the issued secret is valid', async () => {
      const { handle, session } = await open(afar);
      const { code, value } = await losing(() => afar.sessions.regenerate(handle), MOVING);
      expect(ALLOWED_CODES).toContain(code);
      const live = await near.sessions.list(session.user.id);
      expect(live).toHaveLength(1);
      expect(live[0]!.handle).not.toBe(handle);
      const claims = value && (await near.tokens.verifyAccess(tokensIn(value).accessToken));
      expect([live[0]!.handle, undefined]).toContain(claims?.sid);
    });

    it('7.4.1 a logout has ended the session, and can be repeated', async () => {
      const { handle, session, refreshToken } = await open(afar);
      const { code } = await losing(() => afar.tokens.revoke(refreshToken), DELETING);
      expect(['done', 'STORE_UNAVAILABLE']).toContain(code);
      expect(await near.sessions.list(session.user.id)).toEqual([]);
      expect(await codeOf(afar.tokens.revoke(refreshToken))).toBe('done');
      expect(await codeOf(afar.tokens.refresh(refreshToken))).toBe('SESSION_ENDED');
      expect(await afar.sessions.find(handle)).toBeNull();
    });
  },
);
