// node redis-bytes.mjs <url of a Redis for bare strings> <url of one for the kit>
import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { SessionModule, SessionService, SessionStore } from 'nestjs-session-kit';
import { serve } from '../serve.mjs';
import { SECRET, sessionOf } from '../settings.mjs';

const SESSION_BYTES = 500;
const USERS = 10_000;
const PER_USER = 5;
const BATCH = 100;

const [bareUrl, kitUrl] = process.argv.slice(2);
class AppModule {}
const imports = [SessionModule.forRoot({ secret: SECRET, redis: { url: kitUrl }, audit: false })];
Reflect.decorate([Module({ imports })], AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const sessions = app.get(SessionService);

/** A session of the wanted size as bare JSON, which both stores receive. */
const padding = await missingBytes();
const { session } = await open(0);
const json = JSON.stringify(await app.get(SessionStore).read(session.handle));

serve({
  jsonBytes: () => json.length,
  sessions: () => USERS * PER_USER,
  async fillBare() {
    const redis = new Redis(bareUrl);
    for (let from = 0; from < USERS * PER_USER; from += BATCH) {
      const batch = Array.from({ length: BATCH }, () => {
        // As long as the keys of the package, and as connect-redis writes them.
        const key = `sess:${randomBytes(24).toString('base64url')}`;
        return redis.set(key, json, 'PX', 86_400_000);
      });
      await Promise.all(batch);
    }
    redis.disconnect();
  },
  async fillKit() {
    await sessions.revokeUser(session.user.id);
    for (let user = 0; user < USERS; user += BATCH / PER_USER) {
      const batch = Array.from({ length: BATCH }, (_, i) => open(user + (i % (BATCH / PER_USER))));
      await Promise.all(batch);
    }
  },
});

async function missingBytes() {
  const { session: short } = await open(0, '');
  const record = await app.get(SessionStore).read(short.handle);
  await sessions.revoke(short.handle);
  return 'x'.repeat(SESSION_BYTES - JSON.stringify(record).length);
}

/** All ids have the same length, so that all sessions have the same size. */
function open(user, note = padding) {
  const { claims, device } = sessionOf(0);
  const userId = `user-${String(user).padStart(5, '0')}`;
  return sessions.create({
    userId,
    claims,
    device: { ip: device.ip },
    data: { note },
    transport: 'cookie',
  });
}
