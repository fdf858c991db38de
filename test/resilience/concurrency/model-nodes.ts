import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll } from '@jest/globals';
import type { Redis } from 'ioredis';
import {
  memoryBackend,
  RevocationLog,
  SessionEvents,
  type SessionModuleOptions,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { ResolvedOptions } from '../../../lib/options/resolved-options.js';
import { RevocationCache } from '../../../lib/revocation/revocation-cache.js';
import type { AccessClaims } from '../../../lib/jwt/token-claims.js';
import { ApiAppController } from '../../support/apps/api-app.controller.js';
import { eventually } from '../../support/eventually.js';
import { type Node, type Nodes, type SHARED, startNodes } from '../../support/nodes.js';
import { startRedis } from '../../support/redis/redis-server.js';
import { lengthenTimeouts } from '../../support/lengthen-timeouts.js';

lengthenTimeouts();

const MAX_WAIT_MS = 30_000;

export interface ModelPlace {
  readonly shared: (typeof SHARED)[number];
  readonly check: 'store' | 'feed';
}

/** The claims that `open` gives a session. */
const CLAIMS = { role: 'user' };

/** Two nodes for a model, and the means to inspect their store. */
export interface ModelNodes extends Nodes {
  /**
   * Lets the claims provider of both nodes return other claims until `work` is done.
   * @returns whether it was called
   */
  withClaims<T>(
    claims: object | null,
    work: () => Promise<T>,
  ): Promise<{ asked: boolean; result: T }>;
  /** The number of sessions that ended because the claims provider returned null. */
  endedByClaims(): number;
  /** Waits until each node has received all revocations so far. */
  caughtUp(): Promise<void>;
  /**
   * Fails unless the index of each user contains exactly the existing records. Does nothing for the
   * memory store.
   */
  checkIndex(): Promise<void>;
}

export function useModelNodes(
  { shared, check }: ModelPlace,
  options: Partial<SessionModuleOptions>,
): ModelNodes {
  const nodes = {} as { -readonly [Name in keyof ModelNodes]: ModelNodes[Name] };
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const clock = new FakeClock();
    const redis = shared === 'Redis' ? await startRedis() : undefined;
    stop = redis?.stop;
    const store = redis?.connection ?? memoryBackend({ clock, maxSessions: 100_000 });
    let provided: object | null = CLAIMS;
    let calls = 0;
    const claimsFor = async (): Promise<object | null> => {
      calls++;
      return provided;
    };
    const setup = {
      clock,
      stores: [store, store],
      controllers: [ApiAppController],
      options: { ...options, claimsFor, revocation: { check } },
    };
    Object.assign(nodes, await startNodes(setup));
    let ended = 0;
    for (const { app } of nodes.all) {
      app.get(SessionEvents).on((event) => {
        if (event.type === 'session.revoked' && event.by === 'claims') ended++;
      });
    }
    nodes.endedByClaims = () => ended;
    nodes.withClaims = async (claims, work) => {
      const before = calls;
      provided = claims;
      const result = await work().finally(() => (provided = CLAIMS));
      return { asked: calls > before, result };
    };
    const look = redis?.client();
    nodes.caughtUp = async () => {
      if (check === 'feed') await caughtUp(nodes);
    };
    nodes.checkIndex = async () => {
      if (look) await checkIndex(look, nodes.all[0]!.app.get(ResolvedOptions).keyPrefix);
    };
    if (check === 'store') return;
    for (const node of nodes.all) {
      await eventually(
        () => windowOf(node).state().fresh,
        (fresh) => fresh,
      );
    }
    // The store decides about tokens of the first minute after the start of a stream.
    clock.advance(120_000);
  });

  afterAll(async () => {
    await nodes.close?.();
    await stop?.();
  });

  return nodes;
}

const windowOf = ({ app }: Node): RevocationCache => app.get(RevocationCache);

/**
 * Each node revokes a token that never existed; the others know all earlier revocations once they
 * know it.
 */
async function caughtUp({ all }: Nodes): Promise<void> {
  const endsAt = performance.now() + MAX_WAIT_MS;
  for (const from of all) {
    const jti = randomUUID();
    await from.app.get(RevocationLog).publish([{ type: 'token', jti }]);
    const marker = { sid: '', jti, cver: 0, epoch: Infinity, iat: 0 } as AccessClaims;
    while (all.some((node) => windowOf(node).decide(marker) !== 'denied')) {
      assert.ok(performance.now() < endsAt, 'a node does not receive revocations');
      await setImmediate();
    }
  }
}

async function checkIndex(look: Redis, keyPrefix: string): Promise<void> {
  const handles = async (kind: 's' | 'u'): Promise<string[]> =>
    look.keys(`${keyPrefix}{???}:${kind}:*`);
  const records = (await handles('s')).map((key) => key.slice(key.indexOf(':s:') + 3));
  const indexed = await Promise.all((await handles('u')).map((key) => look.zrange(key, '0', '-1')));
  assert.deepEqual(indexed.flat().toSorted(), records.toSorted());
}
