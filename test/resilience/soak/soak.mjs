/**
 * Runs two nodes and their clients for some minutes and checks that these do not grow: heap,
 * handles of the process, keys in Redis, the stream of revocations. `npm run soak`, or `npm run
 * soak -- 30` for half an hour. Exits with 1 if something grew.
 */
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CleanupService,
  SessionGuard,
  SessionHealthIndicator,
  SessionModule,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { Redis } from 'ioredis';
import { startRedis } from '../../bench/redis.mjs';

const MINUTES = Number(process.argv[2] ?? 5);
const SAMPLE_MS = 5000;
/** Longer than the window of revocations below, which fills first. */
const WARM_UP_MS = 100_000;
/** 30 s of access token, and the margin of the package. */
const TOKENS = { accessTtlSeconds: 30, refreshTtlSeconds: 60 };
const CLIENTS = 20;
/** Between the second and the last third of the run. */
const MAX_GROWTH = 1.1;
const SLACK = { heapMb: 4, handles: 4, keys: 50, stream: 200 };

class MeController {
  me() {
    return {};
  }
}
const method = Object.getOwnPropertyDescriptor(MeController.prototype, 'me');
Controller('me')(MeController);
UseGuards(SessionGuard)(MeController);
Get()(MeController.prototype, 'me', method);

async function startNode(redis) {
  class AppModule {}
  const options = {
    secret: 'rJ0vXq7LwT4bR8yZc1nHs6pUk3eMg5aDf2iKx9oQdYE',
    redis: { url: redis.url },
    tokens: TOKENS,
    session: { idleTimeoutSeconds: 60, absoluteTimeoutSeconds: 120, maxPerUser: 3 },
    audit: false,
  };
  Module({ imports: [SessionModule.forRoot(options)], controllers: [MeController] })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${app.getHttpServer().address().port}`;
  return { app, url, sessions: app.get(SessionService), tokens: app.get(TokenService) };
}

/**
 * The actions of one user, repeated: log in, call, refresh, and end the session in one of several
 * ways.
 */
async function client(nodes, name, until) {
  for (let round = 0; performance.now() < until; round++) {
    const [here, there] = round % 2 ? nodes : nodes.toReversed();
    const userId = `${name}-${round % 7}`;
    const { session } = await here.sessions.create({
      userId,
      claims: { round },
      transport: 'bearer',
    });
    let pair = await here.tokens.issue(session);
    for (let call = 0; call < 5; call++) {
      const headers = { authorization: `Bearer ${pair.accessToken}` };
      const answer = await fetch(`${there.url}/me`, { headers });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`a live session got ${answer.status}`);
      pair = await there.tokens.refresh(pair.refreshToken);
    }
    if (round % 4 === 0) await here.sessions.revoke(session.handle);
    if (round % 4 === 1) await there.tokens.revoke(pair.accessToken);
    if (round % 4 === 2) await there.sessions.updateClaims(userId, { round: -1 });
    if (round % 4 === 3) await here.sessions.revokeUser(userId);
  }
}

async function sample(nodes, look) {
  globalThis.gc();
  const { session } = await nodes[0].app.get(SessionHealthIndicator).isHealthy('session');
  return {
    heapMb: process.memoryUsage().heapUsed / 2 ** 20,
    handles: process.getActiveResourcesInfo().length,
    keys: await look.dbsize(),
    stream: await look.xlen('sk:revocations'),
    status: session.status,
  };
}

const redis = await startRedis();
const look = new Redis(redis.url);
const nodes = [await startNode(redis), await startNode(redis)];
const until = performance.now() + MINUTES * 60_000;
const clients = Array.from({ length: CLIENTS }, (_, i) => client(nodes, `user-${i}`, until));
const samples = [];
const watching = (async () => {
  await pause(Math.min(WARM_UP_MS, MINUTES * 20_000));
  while (performance.now() < until) {
    for (const { app } of nodes) await app.get(CleanupService).run();
    samples.push(await sample(nodes, look));
    console.log(JSON.stringify(samples.at(-1)));
    await pause(SAMPLE_MS);
  }
})();
await Promise.all([...clients, watching]);

const third = Math.floor(samples.length / 3);
const median = (name, from, to) =>
  samples
    .slice(from, to)
    .map((one) => one[name])
    .toSorted((a, b) => a - b)[Math.floor((to - from) / 2)];
const grown = Object.entries(SLACK).filter(([name, slack]) => {
  const [before, after] = [median(name, third, 2 * third), median(name, 2 * third, 3 * third)];
  console.log(`${name}: ${before.toFixed(1)} then ${after.toFixed(1)}`);
  return after > before * MAX_GROWTH + slack;
});
for (const { app } of nodes) await app.close();
look.disconnect();
await redis.stop();
if (third === 0 || grown.length > 0) {
  console.error(
    third === 0 ? 'too short to decide' : `grew: ${grown.map(([name]) => name).join(', ')}`,
  );
  process.exitCode = 1;
}
