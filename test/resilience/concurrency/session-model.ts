import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import {
  type LoginResult,
  type SessionData,
  type SessionRecord,
  SessionStore,
  type TokenPair,
} from 'nestjs-session-kit';
import { SessionRevoker } from '../../../lib/revocation/session-revoker.js';
import { ActivityTracker } from '../../../lib/sessions/activity-tracker.js';
import { FORWARD_MS } from '../../../lib/store/session-store.js';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { claimsOf, codeOf, type Node, open } from '../../support/nodes.js';
import type { ModelNodes } from './model-nodes.js';
import { tokensIn } from '../../support/session-credential.js';

const HOUR_MS = 3_600_000;
const GRACE_MS = 30_000;
const IDLE_MS = 24 * HOUR_MS;
const ABSOLUTE_MS = 30 * IDLE_MS;

const PASSING_MS = [1, GRACE_MS - 1, GRACE_MS, HOUR_MS, 12 * HOUR_MS, IDLE_MS - HOUR_MS, IDLE_MS];
const MAX_DENIED_TOKENS = 16;

/**
 * Sessions that a user may have in the applications under test: few, so that the limit is reached
 * often.
 */
export const MAX_PER_USER = 3;

/** The weight of each operation, in parts of all. */
const ACTS = {
  create: 8,
  update: 4,
  refresh: 12,
  race: 4,
  verify: 8,
  updateClaims: 2,
  regenerate: 3,
  revokeToken: 3,
  revoke: 3,
  revokeUser: 2,
  revokeEveryone: 1,
  list: 3,
  beside: 8,
  advance: 7,
} as const;

type Act = keyof typeof ACTS;

/** The operation on a session while it gets new handles, on the same node or on the other. */
const BESIDE_MOVES = [
  'revoke',
  'revokeAsOwner',
  'revokeAsStranger',
  'revokeUser',
  'revokeOthers',
  'revokeEveryone',
  'logout',
  'update',
  'updateClaims',
  'refresh',
  'refreshOfRemovedUser',
  'touch',
  'touchOfRemovedUser',
  'create',
] as const;

/** They make access tokens invalid, so a session with tokens may not be able to confirm beside them. */
const CHANGES_CLAIMS: ReadonlySet<(typeof BESIDE_MOVES)[number]> = new Set([
  'updateClaims',
  'touch',
]);

/** The ways in which a session gets a new handle. */
const MOVERS = ['regenerate', 'confirm'] as const;

/**
 * The operations on any session that ever existed, on either node. Each uses the parts that it
 * needs.
 * @param mostMs longest time that passes at once
 */
export const command = (mostMs = Infinity) =>
  fc.record({
    act: fc.constantFrom(
      ...Object.entries(ACTS).flatMap(([act, parts]) =>
        Array.from({ length: parts }, () => act as Act),
      ),
    ),
    node: fc.nat(1),
    session: fc.nat(9),
    user: fc.constantFrom('ada', 'bob'),
    /** 0 the current refresh token, 1 the one before it, 2 the one before that. */
    age: fc.nat(2),
    // Redis counts down the remaining lifetime in real time, so it must be longer than the test.
    beside: fc.constantFrom(...BESIDE_MOVES),
    mover: fc.constantFrom(...MOVERS),
    /** Whether the session moves on the node of the operation. */
    isSameNode: fc.boolean(),
    /** The number of moves meanwhile. */
    moves: fc.integer({ min: 1, max: 3 }),
    ms: fc.constantFrom(...PASSING_MS.filter((ms) => ms <= mostMs)),
  });

export type Command = ReturnType<typeof command> extends fc.Arbitrary<infer C> ? C : never;

/** A token pair, and why its access token may be invalid although its session is live. */
interface Pair {
  readonly tokens: Pick<TokenPair, 'accessToken' | 'refreshToken'>;
  readonly claimsVersion: number;
  denied: boolean;
}

/** The rules about a session in their simplest form. */
interface Expected {
  readonly userId: string;
  readonly createdAtMs: number;
  handle: string;
  /** The token pairs so far, the current one last. */
  chain: Pair[];
  claimsVersion: number;
  lastSeenAtMs: number;
  rotatedAtMs: number;
  count: number;
  ended: boolean;
  /** For a former handle of a session: the current handle, and since when. */
  readonly moved?: { readonly to: Expected; readonly atMs: number };
}

const increment = (data: SessionData & { count?: number }): SessionData => ({
  count: (data.count ?? 0) + 1,
});

/** Runs commands on two real nodes, and predicts each result by a model. */
export class SessionModel {
  readonly #run = randomUUID();
  readonly #sessions: Expected[] = [];

  constructor(private readonly nodes: ModelNodes) {}

  /** Runs it, and waits until every node has received its revocations. */
  async do(command: Command): Promise<void> {
    await this.#do(command);
    await this.nodes.caughtUp();
  }

  async #do(command: Command): Promise<void> {
    const node = this.nodes.all[command.node]!;
    const userId = `${command.user}-${this.#run}`;
    const session = this.#sessions[command.session % Math.max(1, this.#sessions.length)];
    switch (command.act) {
      case 'create':
        return this.#create(node, userId);
      case 'revokeUser':
        return this.#revokeUser(node, userId);
      case 'revokeEveryone':
        return this.#revokeEveryone(node);
      case 'updateClaims':
        return this.#updateClaims(node, userId);
      case 'list':
        return this.#list(node, userId);
      case 'advance':
        return this.nodes.clock.advance(command.ms);
      default:
        return session && this.#doWith(session, node, command);
    }
  }

  /** Checks that both nodes agree with the model about every session. */
  async check(): Promise<void> {
    for (const node of this.nodes.all) {
      for (const { handle, count, ...session } of this.#sessions) {
        const found = await node.sessions.find(handle);
        assert.deepEqual(found?.data, this.#isLive(session) ? counted(count) : undefined);
      }
      for (const user of ['ada', 'bob']) await this.#list(node, `${user}-${this.#run}`);
      for (const session of this.#sessions) {
        for (const pair of session.chain) await this.#verify(session, node, pair);
      }
    }
    await this.nodes.checkIndex();
  }

  /** Removes all sessions, so that a history takes the same time regardless of earlier ones. */
  async close(): Promise<void> {
    const [{ sessions }] = this.nodes.all as [Node];
    for (const user of ['ada', 'bob']) await sessions.revokeUser(`${user}-${this.#run}`);
  }

  #doWith(session: Expected, node: Node, command: Command): Promise<void> {
    const { act, age } = command;
    const pair = session.chain.at(-1 - age) ?? session.chain[0]!;
    switch (act) {
      case 'update':
        return this.#update(session, node);
      case 'refresh':
        return this.#refresh(session, node, pair.tokens);
      case 'race':
        return this.#race(session);
      case 'verify':
        return this.#verify(session, node, pair);
      case 'regenerate':
        return this.#regenerate(session, node);
      case 'beside':
        return this.#beside(session, command);
      case 'revokeToken':
        return this.#revokeToken(session, node, pair);
      default:
        return this.#revoke(session, node);
    }
  }

  async #create(node: Node, userId: string): Promise<void> {
    // It is not specified which of two equally old sessions the limit ends.
    this.nodes.clock.advance(1);
    const surplus = this.#live(userId).slice(MAX_PER_USER - 1);
    for (const oldest of surplus) oldest.ended = true;
    const { handle, ...tokens } = await open(node, userId);
    this.#sessions.push({
      userId,
      handle,
      createdAtMs: this.#nowMs,
      chain: [{ tokens, claimsVersion: 0, denied: false }],
      claimsVersion: 0,
      lastSeenAtMs: this.#nowMs,
      rotatedAtMs: this.#nowMs,
      count: 0,
      ended: false,
    });
  }

  async #update(session: Expected, { sessions }: Node): Promise<void> {
    const code = await codeOf(sessions.update(session.handle, increment));
    const target = this.#reached(session, code === 'done');
    assert.equal(code, this.#isLive(target) ? 'done' : 'SESSION_ENDED');
    if (code === 'done') target.count++;
  }

  async #refresh(
    session: Expected,
    { tokens }: Node,
    { refreshToken }: Pair['tokens'],
  ): Promise<void> {
    const expected = this.#refreshOutcome(session, refreshToken);
    const [result] = await Promise.allSettled([tokens.refresh(refreshToken)]);
    if (expected === 'rotated' || expected === 'replayed') {
      if (result.status === 'rejected') throw result.reason;
      if (expected === 'rotated') this.#rotated(session, result.value);
      assert.equal(
        jtiOf(result.value.refreshToken),
        jtiOf(session.chain.at(-1)!.tokens.refreshToken),
      );
      return;
    }
    if (expected === 'REFRESH_REUSED') session.ended = true;
    const failure =
      result.status === 'rejected' ? Promise.reject(result.reason) : Promise.resolve();
    assert.equal(await codeOf(failure), expected);
  }

  /** Uses the current token on both nodes at once, concurrently with an update. */
  async #race(session: Expected): Promise<void> {
    const { refreshToken } = session.chain.at(-1)!.tokens;
    if (this.#refreshOutcome(session, refreshToken) !== 'rotated') return;
    const [one, other] = this.nodes.all as [Node, Node];
    const [first, second] = await Promise.all([
      one.tokens.refresh(refreshToken),
      other.tokens.refresh(refreshToken),
      one.sessions.update(session.handle, increment),
      other.sessions.update(session.handle, increment),
    ]);
    assert.equal(jtiOf(second.refreshToken), jtiOf(first.refreshToken));
    this.#rotated(session, first);
    session.count += 2;
  }

  async #verify(session: Expected, { tokens }: Node, pair: Pair): Promise<void> {
    const { accessToken } = pair.tokens;
    const code = await codeOf(tokens.verifyAccess(accessToken));
    assert.ok(this.#accessOutcomes(session, pair).includes(code), `${code} of an access token`);
  }

  #accessOutcomes(session: Expected, { tokens, claimsVersion, denied }: Pair): string[] {
    if (this.#hasExpired(tokens.accessToken)) return ['TOKEN_EXPIRED'];
    // The node that revoked the token may be the only one to know, and its client learns the rest
    // when it refreshes.
    if (!this.#isLive(session))
      return denied ? ['SESSION_ENDED', 'TOKEN_EXPIRED'] : ['SESSION_ENDED'];
    return [denied || claimsVersion < session.claimsVersion ? 'TOKEN_EXPIRED' : 'done'];
  }

  async #updateClaims({ sessions }: Node, userId: string): Promise<void> {
    const live = this.#live(userId);
    assert.equal(await sessions.updateClaims(userId, { role: 'user' }), live.length);
    for (const session of live) session.claimsVersion++;
  }

  /** The old handle stays known, as that of an ended session. */
  async #regenerate(session: Expected, { sessions }: Node): Promise<void> {
    const regenerated = sessions.regenerate(session.handle);
    const code = await codeOf(regenerated);
    assert.equal(code, this.#isLive(session) ? 'done' : 'SESSION_ENDED');
    if (code !== 'done') return;
    this.#left(session, session.handle);
    const renewed = await regenerated;
    session.handle = renewed.session.handle;
    session.chain = [];
    this.#rotated(session, tokensIn(renewed));
  }

  /** All former handles stay known, as those of an ended session. */
  async #beside(session: Expected, command: Command): Promise<void> {
    if (!this.#isLive(session)) return;
    const { node, beside, moves, mover, isSameNode } = command;
    const here = this.nodes.all[node]!;
    const there = isSameNode ? here : this.nodes.all[1 - node]!;
    // Only a valid access token can confirm.
    if (mover === 'confirm') await this.#regenerate(session, there);
    const from = { handle: session.handle, tokens: session.chain.at(-1)!.tokens };
    const [moved] = await Promise.all([
      movedOn(from, moves, (last) =>
        mover === 'confirm' ? confirmed(there, last) : regenerated(there, last),
      ),
      this.#askBeside(session, here, beside),
    ]);
    for (const { handle } of moved) {
      this.#left(session, session.handle);
      session.handle = handle;
    }
    if (session.ended) return;
    if (mover === 'regenerate' || !CHANGES_CLAIMS.has(beside)) {
      assert.equal(moved.length, moves, 'a live session can move');
    }
    assert.ok(await here.sessions.find(session.handle), 'it is found under its last handle');
    // Tokens of a move concurrent with a change of claims may have the old or the new ones.
    await this.#regenerate(session, here);
  }

  /** A former handle of the session. */
  #left(session: Expected, handle: string): void {
    const moved = { to: session, atMs: this.#nowMs };
    this.#sessions.push({ ...session, handle, ended: true, moved });
  }

  /**
   * The session with this handle, or one that had it recently.
   * @param reached whether there was one; decides the cases where a store may have forgotten it
   */
  #reached(session: Expected, reached: boolean): Expected {
    if (!session.moved) return session;
    const { to, atMs } = session.moved;
    return reached || this.#nowMs - atMs < FORWARD_MS ? to : session;
  }

  #askBeside(session: Expected, node: Node, ask: Command['beside']): Promise<void> {
    switch (ask) {
      case 'revokeUser':
        return this.#revokeUser(node, session.userId);
      case 'revokeOthers':
        return this.#revokeOthers(session, node);
      case 'revokeEveryone':
        return this.#revokeEveryone(node);
      case 'logout':
        return this.#logout(session, node);
      case 'update':
        return this.#update(session, node);
      case 'updateClaims':
        return this.#updateClaims(node, session.userId);
      case 'refresh':
        return this.#refreshBeside(session, node);
      case 'refreshOfRemovedUser':
        return this.#refreshOfRemovedUser(session, node);
      case 'touch':
        return this.#touch(session, node);
      case 'touchOfRemovedUser':
        return this.#touchOfRemovedUser(session, node);
      case 'revokeAsOwner':
        return this.#revokeAs(session, node, session.userId);
      case 'revokeAsStranger':
        return this.#revokeAs(session, node, `mallory-${this.#run}`);
      case 'create':
        return this.#create(node, session.userId);
      default:
        return this.#revoke(session, node);
    }
  }

  async #revokeOthers(session: Expected, { sessions }: Node): Promise<void> {
    const others = this.#live(session.userId).filter((other) => other !== session);
    assert.equal(await sessions.revokeOthers(session.userId, session.handle), others.length);
    for (const other of others) other.ended = true;
  }

  /** By the cookie of the handle. */
  async #logout(session: Expected, { app }: Node): Promise<void> {
    const { handle } = session;
    await app
      .get(SessionRevoker)
      .revokeByCredentials([{ handle, isUnsigned: true }], { by: 'logout' });
    session.ended = true;
  }

  /** Its credentials end with the handle that they were issued for. */
  async #refreshBeside(session: Expected, { tokens }: Node): Promise<void> {
    const pair = session.chain.at(-1)!;
    if (this.#hasExpired(pair.tokens.refreshToken)) return;
    const [result] = await Promise.allSettled([tokens.refresh(pair.tokens.refreshToken)]);
    if (result.status === 'fulfilled') return this.#rotated(session, result.value);
    assert.equal(await codeOf(Promise.reject(result.reason)), 'SESSION_ENDED');
  }

  /** Ends the session if the claims provider was called for it: it may have moved before. */
  async #refreshOfRemovedUser(session: Expected, { tokens }: Node): Promise<void> {
    const { refreshToken } = session.chain.at(-1)!.tokens;
    if (this.#hasExpired(refreshToken)) return;
    const { asked, result } = await this.nodes.withClaims(null, () =>
      codeOf(tokens.refresh(refreshToken)),
    );
    assert.equal(result, 'SESSION_ENDED');
    if (asked) session.ended = true;
  }

  /** A touch for which the claims provider returns new claims: they reach the session wherever it moved. */
  async #touch(session: Expected, node: Node): Promise<void> {
    const claims = { role: randomUUID() };
    const { asked } = await this.nodes.withClaims(claims, () => startTouch(node, session.handle));
    if (!asked) return;
    const has = (record: SessionRecord): boolean => isDeepStrictEqual(record.claims, claims);
    await eventually(
      () => node.app.get(SessionStore).list(session.userId),
      (records) => records.some(has),
    );
    await this.#updateClaims(node, session.userId);
  }

  /** It ends the session, unless it moved before the touch. */
  async #touchOfRemovedUser(session: Expected, node: Node): Promise<void> {
    const before = this.nodes.endedByClaims();
    const { asked } = await this.nodes.withClaims(null, () => startTouch(node, session.handle));
    if (!asked) return;
    await eventually(this.nodes.endedByClaims, (ended) => ended > before);
    session.ended = true;
  }

  /** As `DELETE sessions/:handle` ends a session of its caller. */
  async #revokeAs(session: Expected, { app }: Node, userId: string): Promise<void> {
    const { handle } = session;
    const revoked = await app
      .get(SessionRevoker)
      .revoke({ handle, userId, isUnproven: true }, { by: 'user' });
    assert.equal(revoked, userId === session.userId);
    if (revoked) session.ended = true;
  }

  async #revokeToken(session: Expected, { tokens }: Node, pair: Pair): Promise<void> {
    await tokens.revoke(pair.tokens.accessToken);
    if (pair.denied || this.#hasExpired(pair.tokens.accessToken)) return;
    const kept = session.chain.filter(
      ({ denied, tokens: { accessToken } }) => denied && !this.#hasExpired(accessToken),
    );
    pair.denied = true;
    if (kept.length >= MAX_DENIED_TOKENS) session.ended = true;
  }

  async #revokeEveryone({ sessions }: Node): Promise<void> {
    await sessions.revokeEveryone();
    for (const session of this.#sessions) session.ended = true;
  }

  async #revoke(session: Expected, { sessions }: Node): Promise<void> {
    const revoked = await sessions.revoke(session.handle);
    const target = this.#reached(session, revoked);
    assert.equal(revoked, this.#isLive(target));
    target.ended = true;
  }

  async #revokeUser({ sessions }: Node, userId: string): Promise<void> {
    const live = this.#live(userId);
    assert.equal(await sessions.revokeUser(userId), live.length);
    for (const session of live) session.ended = true;
  }

  async #list({ sessions }: Node, userId: string): Promise<void> {
    const listed = await sessions.list(userId);
    assert.deepEqual(
      listed.map(({ handle, data }) => [handle, data]),
      this.#live(userId).map(({ handle, count }) => [handle, counted(count)]),
    );
  }

  #refreshOutcome(session: Expected, refreshToken: string): string {
    if (this.#hasExpired(refreshToken)) return 'TOKEN_EXPIRED';
    if (!this.#isLive(session)) return 'SESSION_ENDED';
    const generations = session.chain.length;
    const { gen } = claimsOf(refreshToken);
    if (gen === generations - 1) return 'rotated';
    const inGrace = this.#nowMs - session.rotatedAtMs < GRACE_MS;
    return gen === generations - 2 && inGrace ? 'replayed' : 'REFRESH_REUSED';
  }

  #rotated(session: Expected, { accessToken, refreshToken }: TokenPair): void {
    const { claimsVersion } = session;
    session.chain.push({ tokens: { accessToken, refreshToken }, claimsVersion, denied: false });
    session.rotatedAtMs = this.#nowMs;
    session.lastSeenAtMs = this.#nowMs;
  }

  /** Newest first. */
  #live(userId: string): Expected[] {
    return this.#sessions
      .filter((session) => session.userId === userId && this.#isLive(session))
      .toReversed();
  }

  #isLive(session: Pick<Expected, 'ended' | 'lastSeenAtMs' | 'createdAtMs'>): boolean {
    const { ended, lastSeenAtMs, createdAtMs } = session;
    return (
      !ended && this.#nowMs < lastSeenAtMs + IDLE_MS && this.#nowMs < createdAtMs + ABSOLUTE_MS
    );
  }

  #hasExpired(token: string): boolean {
    return Math.floor(this.#nowMs / 1000) >= claimsOf(token).exp;
  }

  get #nowMs(): number {
    return this.nodes.clock.nowMs();
  }
}

/** A handle of a session with its tokens. */
interface Credential {
  readonly handle: string;
  readonly tokens: Pair['tokens'];
}

async function regenerated({ sessions }: Node, { handle }: Credential): Promise<Credential> {
  const renewed = await sessions.regenerate(handle);
  return { handle: renewed.session.handle, tokens: tokensIn(renewed) };
}

async function confirmed({ app }: Node, { tokens }: Credential): Promise<Credential> {
  const { status, body } = await send<LoginResult<'bearer'> & { code: string }>(
    `${app.url}/api/confirm`,
    { method: 'POST', token: tokens.accessToken },
  );
  if (status !== 200) throw Object.assign(new Error('no confirm'), { code: body.code });
  return { handle: body.session.handle, tokens: body.tokens };
}

/** Starts a touch as a request does, without waiting for it. */
async function startTouch({ app }: Node, handle: string): Promise<void> {
  const record = await app.get(SessionStore).read(handle);
  if (!record) return;
  const nowMs = app.clock.nowMs();
  app.get(ActivityTracker).recordActivity({ ...record, lastSeenAtMs: nowMs - HOUR_MS }, nowMs);
}

const counted = (count: number): object => (count === 0 ? {} : { count });

/** Gives a session new handles until it cannot move. @returns the result of each move */
async function movedOn(
  from: Credential,
  moves: number,
  move: (last: Credential) => Promise<Credential>,
): Promise<Credential[]> {
  const moved: Credential[] = [];
  while (moved.length < moves) {
    const next = move(moved.at(-1) ?? from);
    const code = await codeOf(next);
    if (code !== 'done') {
      assert.match(code, /^(SESSION_ENDED|TOKEN_EXPIRED)$/);
      break;
    }
    moved.push(await next);
  }
  return moved;
}

const jtiOf = (token: string): string => claimsOf(token).jti;
