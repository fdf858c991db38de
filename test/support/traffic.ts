import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenPair } from 'nestjs-session-kit';
import { eventually } from './eventually.js';
import { type Answer, send, type Sent } from './http-client.js';
import type { TestApp } from './test-app.js';
import type { LoggedIn } from './apps/api-app.controller.js';

/**
 * A request may need several calls of the store, each with half a second; the rest is for a busy
 * machine.
 */
export const DEADLINE_MS = 10_000;

/** Between two requests of one client. */
const PAUSE_MS = 20;
const CLIENTS_OF_A_KIND = 4;

/** By then every node knows of a revocation, or reads the store. */
const STALENESS_MS = 1000;

/** After this number of consecutive successful requests, a client counts as recovered. */
const SERVED_AGAIN = 10;

/**
 * The state of a session when a request is sent. `doubtful`: an end was requested and not
 * confirmed.
 */
type Standing = 'live' | 'ended' | 'doubtful';

export interface TrafficReport {
  readonly requests: number;
  /** Answers with status 503. */
  readonly unavailable: number;
  readonly longestMs: number;
  /** From the mark to the end of the last 503. */
  readonly recoveredMs: number;
  /** Failures that no fault excuses. */
  readonly violations: readonly string[];
}

/** Clients of all kinds that send requests continuously, and a check of each answer. */
export interface Traffic {
  /**
   * Recovery is measured from here on: where a fault begins that ends by itself, or where it was
   * ended.
   */
  mark(): void;
  /** Waits until every client had several consecutive successes since the mark. */
  recovered(): Promise<void>;
}

interface Client {
  /** One request or several related ones. */
  act(): Promise<void>;
}

/** The handler calls a service without a request, so that no header can be set for it. */
const OWN_CALL = '/api/count';

class Judge {
  requests = 0;
  unavailable = 0;
  longestMs = 0;
  lastFailureAt = 0;
  /** Successful requests since the last failure, for each client. */
  readonly inARow = new Map<string, number>();
  readonly violations: string[] = [];

  constructor(private readonly apps: readonly TestApp[]) {}

  /** Sends to the applications in turn. @returns undefined if the answer was 503 */
  async ask<Body = Record<string, unknown>>(
    name: string,
    standing: Standing,
    path: string,
    sent: Sent = {},
  ): Promise<Answer<Body> | undefined> {
    const app = this.apps[this.requests++ % this.apps.length]!;
    const startedAt = performance.now();
    const answer = await send<Body>(app.url + path, sent);
    const tookMs = performance.now() - startedAt;
    this.longestMs = Math.max(this.longestMs, tookMs);
    const about = `${name}: ${path} answered ${answer.status} ${answer.text}`;
    if (tookMs > DEADLINE_MS) this.violations.push(`${about} after ${Math.round(tookMs)} ms`);
    if (answer.status === 503) {
      this.unavailable++;
      this.lastFailureAt = performance.now();
      this.inARow.set(name, 0);
      const { headers } = answer;
      const hinted = headers.get('retry-after') === '1' || path === OWN_CALL;
      if (!hinted) this.violations.push(`${about} without Retry-After`);
      if (headers.getSetCookie().length > 0) this.violations.push(`${about} with Set-Cookie`);
      return undefined;
    }
    this.inARow.set(name, (this.inARow.get(name) ?? 0) + 1);
    const expected = { live: [200], ended: [401], doubtful: [200, 401] }[standing];
    if (!expected.includes(answer.status)) this.violations.push(`${about} for ${standing}`);
    return answer;
  }
}

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

async function login(judge: Judge, name: string, transport: 'bearer' | 'cookie') {
  for (;;) {
    const json = { userId: `${name}-${randomUUID()}`, transport };
    const sent = { method: 'POST', json, headers: SAME_ORIGIN };
    const answer = await judge.ask<LoggedIn>(name, 'live', '/api/login', sent);
    if (answer) return answer;
    await sleep(PAUSE_MS);
  }
}

/** Has a session and refreshes its tokens. */
async function holder(judge: Judge, name: string): Promise<Client> {
  let { accessToken, refreshToken } = (await login(judge, name, 'bearer')).body;
  let turn = 0;
  return {
    act: async () => {
      const path = ['/api/user', '/api/session', undefined][turn++ % 3];
      if (path) return void (await judge.ask(name, 'live', path, { token: accessToken }));
      const sent = { method: 'POST', json: { refreshToken } };
      const answer = await judge.ask<TokenPair>(name, 'live', '/auth/refresh', sent);
      // After a 503 the client has its old token and retries with it.
      if (answer?.status === 200) ({ accessToken, refreshToken } = answer.body);
    },
  };
}

/** Has a cookie session and counts in it: no update may be lost or counted twice. */
async function counter(judge: Judge, name: string): Promise<Client> {
  const { headers: answered } = await login(judge, name, 'cookie');
  const cookie = answered
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const sent = { method: 'POST', headers: { cookie, ...SAME_ORIGIN } };
  let confirmed = 0;
  let doubtful = 0;
  return {
    act: async () => {
      const answer = await judge.ask<{ count: number }>(name, 'live', OWN_CALL, sent);
      if (!answer) return void doubtful++;
      if (answer.status !== 200) return;
      confirmed++;
      const { count } = answer.body;
      if (count >= confirmed && count <= confirmed + doubtful) return;
      judge.violations.push(`${name}: ${count} of ${confirmed} and perhaps ${doubtful} more`);
    },
  };
}

/** Logs in, requests the list and logs out. */
async function visitor(judge: Judge, name: string): Promise<Client> {
  return {
    act: async () => {
      const { accessToken: token, refreshToken } = (await login(judge, name, 'bearer')).body;
      await judge.ask(name, 'live', '/api/user', { token });
      const sent = { method: 'POST', token, json: { refreshToken } };
      while (!(await judge.ask(name, 'live', '/auth/logout', sent))) {
        await sleep(PAUSE_MS);
        await judge.ask(name, 'doubtful', '/api/user', { token });
      }
      const endedAt = performance.now();
      while (performance.now() - endedAt < STALENESS_MS) {
        await judge.ask(name, 'doubtful', '/api/user', { token });
        await sleep(5 * PAUSE_MS);
      }
      await judge.ask(name, 'ended', '/api/user', { token });
    },
  };
}

/** Was logged out long ago and tries its old credentials. */
async function ghost(judge: Judge, name: string): Promise<Client> {
  const { accessToken: token, refreshToken } = (await login(judge, name, 'bearer')).body;
  await judge.ask(name, 'live', '/auth/logout', { method: 'POST', token });
  return {
    act: async () => {
      await judge.ask(name, 'ended', '/api/user', { token });
      await judge.ask(name, 'ended', '/auth/refresh', { method: 'POST', json: { refreshToken } });
    },
  };
}

const KINDS = { holder, counter, visitor, ghost };

export type ClientKind = keyof typeof KINDS;

export interface TrafficSetup {
  /** Default: all. */
  readonly kinds?: readonly ClientKind[];
}

/**
 * Logs clients in and runs them, each on all applications in turn, during a fault of their Redis.
 */
export async function underTraffic(
  apps: readonly TestApp[],
  happens: (traffic: Traffic) => Promise<void>,
  { kinds = ['holder', 'counter', 'visitor', 'ghost'] }: TrafficSetup = {},
): Promise<TrafficReport> {
  const judge = new Judge(apps);
  const names = kinds.flatMap((kind) =>
    Array.from({ length: CLIENTS_OF_A_KIND }, (_, i) => ({ kind, name: `${kind} ${i}` })),
  );
  const clients = await Promise.all(names.map(({ kind, name }) => KINDS[kind](judge, name)));
  const stop = new AbortController();
  let markedAt = performance.now();
  const working = clients.map(async (client) => {
    while (!stop.signal.aborted) {
      await client.act();
      await sleep(PAUSE_MS);
    }
  });
  const mark = (): void => {
    markedAt = performance.now();
    for (const { name } of names) judge.inARow.set(name, 0);
  };
  const recovered = async (): Promise<void> =>
    void (await eventually(
      () => names.map(({ name }) => judge.inARow.get(name) ?? 0),
      (rows) => Math.min(...rows) >= SERVED_AGAIN,
      30_000,
    ));
  try {
    await recovered();
    await happens({ mark, recovered });
  } finally {
    stop.abort();
    await Promise.all(working);
  }
  const { requests, unavailable, longestMs, lastFailureAt, violations } = judge;
  const recoveredMs = Math.max(0, lastFailureAt - markedAt);
  return { requests, unavailable, longestMs, recoveredMs, violations };
}
