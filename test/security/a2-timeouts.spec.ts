import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Session, SessionConfigError, SessionService } from 'nestjs-session-kit';
import { eventually } from '../support/eventually.js';
import { ADAPTERS, startApp } from '../support/test-app.js';
import { claimsOf, Forge } from '../support/forge.js';
import { useTwoAttackTargets } from './use-two-attack-targets.js';
import { useAttackTarget } from '../support/apps/use-attack-target.js';
import {
  request,
  logIn,
  allowed,
  SESSION_ENDED,
  denied,
} from '../support/apps/attack-target.controller.js';
import { secretIn } from '../support/session-credential.js';

describe('idle and absolute timeout of a session', () => {
  const nodes = useTwoAttackTargets({
    session: { idleTimeoutSeconds: 2, absoluteTimeoutSeconds: 5 },
    tokens: { accessTtlSeconds: 1, refreshTtlSeconds: 2 },
  });

  /** Uses the session and waits until the use is written, which happens after the answer. */
  async function use(secret: string): Promise<Session | null> {
    const session = await nodes.sessions.resolve(secret);
    if (!session) return null;
    const now = nodes.clock.nowMs();
    await eventually(
      () => nodes.sessions.find(session.handle),
      (found) => found?.lastSeenAt.getTime() === now,
    );
    return session;
  }

  it('7.3.1 use before the end of the idle timeout prolongs, use at its end does not', async () => {
    const { secret, session } = await nodes.sessions.create({
      transport: 'cookie',
      userId: 'idler',
    });
    nodes.clock.advance(1999);
    expect(await use(secret)).toMatchObject({ handle: session.handle });
    nodes.clock.advance(1999);
    expect(await use(secret)).toMatchObject({ handle: session.handle });
    nodes.clock.advance(2000);
    expect(await nodes.sessions.resolve(secret)).toBeNull();
    expect(await nodes.fastify.get(SessionService).resolve(secret)).toBeNull();
    expect(await nodes.sessions.list('idler')).toEqual([]);
  });

  it('7.3.1 reading a session does not prolong it', async () => {
    const { secret, session } = await nodes.sessions.create({
      transport: 'cookie',
      userId: 'watched',
    });
    nodes.clock.advance(1500);
    expect(await nodes.sessions.find(session.handle)).not.toBeNull();
    expect(await nodes.sessions.list('watched')).toHaveLength(1);
    nodes.clock.advance(500);
    expect(await nodes.sessions.resolve(secret)).toBeNull();
  });

  it('7.3.1 nothing revives an expired session', async () => {
    const { secret, session } = await nodes.sessions.create({
      transport: 'cookie',
      userId: 'late',
    });
    nodes.clock.advance(2000);
    const { sessions, tokens } = nodes;
    for (const attempt of [
      () => sessions.update(session.handle, {}),
      () => sessions.regenerate(session.handle),
      () => tokens.issue({ ...session, transport: 'bearer' }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    }
    expect(await sessions.updateClaims('late', {})).toBe(0);
    expect(await sessions.resolve(secret)).toBeNull();
  });

  it('7.3.2 the absolute timeout ends it, regardless of use', async () => {
    const { secret } = await nodes.sessions.create({ transport: 'cookie', userId: 'busy' });
    for (let second = 1; second < 5; second++) {
      nodes.clock.advance(1000);
      expect(await use(secret)).not.toBeNull();
    }
    nodes.clock.advance(999);
    expect(await nodes.sessions.resolve(secret)).not.toBeNull();
    nodes.clock.advance(1);
    expect(await nodes.sessions.resolve(secret)).toBeNull();
  });

  it('7.3.2 a new id does not prolong it', async () => {
    const { session } = await nodes.sessions.create({ transport: 'cookie', userId: 'mover' });
    let { handle } = session;
    let secret = '';
    for (let second = 1; second < 5; second++) {
      nodes.clock.advance(1000);
      const moved = await nodes.sessions.regenerate(handle);
      handle = moved.session.handle;
      secret = secretIn(moved);
      expect(await use(secret)).not.toBeNull();
    }
    nodes.clock.advance(1000);
    expect(await nodes.sessions.resolve(secret)).toBeNull();
  });
});

describe.each(ADAPTERS)('lifetimes of tokens on %s', (adapter) => {
  const target = useAttackTarget(adapter);
  const forge = new Forge();
  let accessToken: string;

  beforeAll(async () => {
    ({ accessToken } = await logIn(target.url, 'u1'));
  });

  it('CS-Session "idle timeout" a token with a later expiry does not prolong its session', async () => {
    const eternal = forge.sign({ ...claimsOf(accessToken), exp: 8_000_000_000 });
    expect(await request(target, eternal)).toEqual(allowed({ id: 'u1' }));
    target.clock.advance(7 * 86_400_000);
    expect(await request(target, eternal)).toEqual(denied(SESSION_ENDED));
  });
});

describe('RFC 7519 §4.1.4 the clock tolerance', () => {
  it.each(['leewaySeconds', 'clockTolerance', 'ignoreExpiration'])(
    'RFC 7519 §4.1.4 cannot be increased by tokens.%s',
    async (name) => {
      const tokens = { [name]: 3600 };
      await expect(startApp({ options: { tokens } })).rejects.toThrow(SessionConfigError);
    },
  );
});

const LIMIT = 3;

describe.each([
  ['evict-oldest', 20],
  ['reject', LIMIT],
] as const)('the limit of sessions per user, with %s', (onLimitReached, answered) => {
  const nodes = useTwoAttackTargets({ session: { maxPerUser: LIMIT, onLimitReached } });

  it('7.1.2 holds for 20 logins at once on two instances', async () => {
    const urls = [nodes.express.url, nodes.fastify.url];
    const logins = await Promise.allSettled(
      Array.from({ length: 20 }, (_none, i) => logIn(urls[i % 2] as string, 'crowd')),
    );
    const pairs = logins.flatMap((login) => (login.status === 'fulfilled' ? [login.value] : []));
    expect(pairs).toHaveLength(answered);
    expect(await nodes.sessions.list('crowd')).toHaveLength(LIMIT);
    const live = [];
    for (const { accessToken } of pairs) {
      if ((await request(nodes.express, accessToken)).ran.length > 0) live.push(accessToken);
    }
    expect(live).toHaveLength(LIMIT);
  });
});

describe('the limit of sessions per user that ends the oldest', () => {
  const nodes = useTwoAttackTargets({ session: { maxPerUser: LIMIT } });

  it('7.1.2 one login above the limit ends the oldest, on both instances', async () => {
    const pairs = [];
    for (let i = 0; i < LIMIT + 1; i++) {
      pairs.push(await logIn(nodes.express.url, 'collector'));
      nodes.clock.advance(1);
    }
    for (const app of [nodes.express, nodes.fastify]) {
      const answers = [];
      for (const { accessToken } of pairs) answers.push(await request(app, accessToken));
      const [oldest, ...others] = answers;
      expect(oldest).toEqual(denied(SESSION_ENDED));
      expect(others).toEqual(others.map(() => allowed({ id: 'collector' })));
    }
  });
});

describe('the limit of sessions per user that refuses', () => {
  const nodes = useTwoAttackTargets({ session: { maxPerUser: LIMIT, onLimitReached: 'reject' } });

  it('7.1.2 one login above the limit is 409, and the other sessions stay live', async () => {
    for (let i = 0; i < LIMIT; i++) await logIn(nodes.express.url, 'collector');
    await expect(logIn(nodes.fastify.url, 'collector')).rejects.toThrow(
      /answered 409: .*SESSION_LIMIT_REACHED/,
    );
    expect(await nodes.sessions.list('collector')).toHaveLength(LIMIT);
  });
});
