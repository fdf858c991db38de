/**
 * The time until an acknowledged revocation is refused by another process that follows the feed.
 * This process revokes; a child checks in every turn of its event loop whether the token is still
 * valid. Both read the clock of the machine, so the times are comparable.
 */
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { SessionModule, SessionService, TokenService } from 'nestjs-session-kit';

const SECRET = 'rJ0vXq7LwT4bR8yZc1nHs6pUk3eMg5aDf2iKx9oQdYE';
/** A revocation that is not seen by then never will be. */
const MAX_DELAY_MS = 10_000;
const MAX_STALENESS_MS = 1000;

const nowMs = () => performance.timeOrigin + performance.now();

async function startNode(url, keyPrefix) {
  class DelayModule {}
  const options = { secret: SECRET, redis: { url }, keyPrefix, audit: false };
  Module({ imports: [SessionModule.forRoot(options)] })(DelayModule);
  const app = await NestFactory.createApplicationContext(DelayModule, { logger: false });
  return { app, sessions: app.get(SessionService), tokens: app.get(TokenService) };
}

/**
 * @param {{ url: string, revocations?: number }} setup
 * @returns delays in milliseconds from the acknowledged revocation to the first refusal;
 * `neverSeen`: the number never refused; `late`: the number of tokens that passed more than
 * `maxStalenessMs` after the acknowledgement
 */
export async function measureRevocationDelay({ url, revocations = 1000 }) {
  const keyPrefix = `delay-${process.pid}-${Date.now()}:`;
  const redis = new Redis(url);
  // As in a Redis that has run for long: the store decides about tokens of the first minute of a
  // stream.
  await redis.xadd(`${keyPrefix}revocations`, '1-1', 'began', '');
  redis.disconnect();
  const here = await startNode(url, keyPrefix);
  const there = fork(fileURLToPath(import.meta.url), ['follow', url, keyPrefix]);
  try {
    await once(there, 'message');
    const delays = [];
    let [neverSeen, late] = [0, 0];
    for (let i = 0; i < revocations; i++) {
      const { session } = await here.sessions.create({ userId: `user-${i}`, transport: 'bearer' });
      const { accessToken } = await here.tokens.issue(session);
      there.send({ accessToken });
      await once(there, 'message');
      await here.sessions.revoke(session.handle);
      const acknowledgedMs = nowMs();
      const [{ refusedMs, lastPassedMs }] = await once(there, 'message');
      if (refusedMs === null) neverSeen++;
      else delays.push(Math.max(0, refusedMs - acknowledgedMs));
      if (lastPassedMs - acknowledgedMs > MAX_STALENESS_MS) late++;
    }
    delays.sort((a, b) => a - b);
    const part = (share) => round(delays[Math.ceil(delays.length * share) - 1]);
    return { delays, p50: part(0.5), p99: part(0.99), longest: part(1), neverSeen, late };
  } finally {
    there.kill();
    await here.sessions.revokeEveryone();
    await here.app.close();
  }
}

const round = (milliseconds) => Math.round(milliseconds * 100) / 100;

/** The other process: reports when each token that it receives is refused. */
async function follow(url, keyPrefix) {
  const { tokens } = await startNode(url, keyPrefix);
  const report = async ({ accessToken }) => {
    await tokens.verifyAccess(accessToken);
    process.send('counts');
    const startedMs = nowMs();
    let lastPassedMs = startedMs;
    for (;;) {
      const askedMs = nowMs();
      const refused = await tokens.verifyAccess(accessToken).then(
        () => false,
        (error) => error.code === 'SESSION_ENDED',
      );
      if (refused) return process.send({ refusedMs: nowMs(), lastPassedMs });
      lastPassedMs = askedMs;
      if (askedMs - startedMs > MAX_DELAY_MS)
        return process.send({ refusedMs: null, lastPassedMs });
      await nextTurn();
    }
  };
  process.on('message', (message) => void report(message));
  process.send('ready');
}

const [, script, role, url, keyPrefix] = process.argv;
if (script === fileURLToPath(import.meta.url) && role === 'follow') await follow(url, keyPrefix);
