// node store.mjs <url of Redis> <sessions>: the package on a store with this number of sessions,
// five to a user.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { CleanupService, SessionModule, SessionService } from 'nestjs-session-kit';
import { serve } from '../serve.mjs';
import { SECRET, sessionOf } from '../settings.mjs';
import { median } from '../statistics.mjs';

const PER_USER = 5;
/** Concurrent logins while the store is filled. */
const IN_FLIGHT = 64;

const [url, size] = process.argv.slice(2);
const users = Number(size) / PER_USER;
const app = await start();
const sessions = app.get(SessionService);
const redis = new Redis(url);

serve({
  fill: () => openFor(Array.from({ length: users }, (_, user) => user)),
  /** @returns median milliseconds of listing the sessions of one user */
  list: (times) =>
    timed(times, async () => {
      const { userId } = sessionOf(Math.floor(Math.random() * users));
      const found = await sessions.list(userId);
      if (found.length !== PER_USER) throw new Error(`${found.length} sessions of ${userId}`);
    }),
  /** The work of a store without an index: read every session. @returns milliseconds */
  scan: () =>
    timed(1, async () => {
      const { userId } = sessionOf(Math.floor(Math.random() * users));
      const found = await scanFor(userId);
      if (found !== PER_USER) throw new Error(`${found} sessions of ${userId}`);
    }),
  /**
   * Sessions of users created for this, so that the store keeps its size. @returns median
   * milliseconds
   */
  async revokeUser(times) {
    const guests = Array.from({ length: times }, (_, guest) => users + guest);
    await openFor(guests);
    return timed(times, async (turn) => {
      const ended = await sessions.revokeUser(sessionOf(guests[turn]).userId);
      if (ended !== PER_USER) throw new Error(`${ended} sessions ended`);
    });
  },
  /** One sweep that finds nothing to remove. @returns milliseconds */
  sweep: () => timed(1, () => app.get(CleanupService).run()),
  dbsize: () => redis.dbsize(),
});

async function start() {
  class AppModule {}
  const imports = [
    SessionModule.forRoot({
      secret: SECRET,
      redis: { url },
      cleanup: { enabled: false },
      audit: false,
    }),
  ];
  Reflect.decorate([Module({ imports })], AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
}

async function openFor(numbers) {
  const waiting = numbers[Symbol.iterator]();
  const opener = async () => {
    for (const number of waiting) {
      for (let i = 0; i < PER_USER; i++) await open(sessionOf(number));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, opener));
}

function open(session) {
  return sessions.create({ ...session, transport: 'cookie' });
}

async function timed(times, work) {
  const milliseconds = [];
  for (let turn = 0; turn < times; turn++) {
    const started = performance.now();
    await work(turn);
    milliseconds.push(performance.now() - started);
  }
  return median(milliseconds);
}

/** In batches of 100, as connect-redis does it. */
async function scanFor(userId) {
  let found = 0;
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', 'sk:{???}:s:*', 'COUNT', 100);
    cursor = next;
    const values = keys.length === 0 ? [] : await redis.mget(keys);
    found += values.filter((value) => value?.includes(`"${userId}"`)).length;
  } while (cursor !== '0');
  return found;
}
