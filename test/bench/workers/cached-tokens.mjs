// node --expose-gc cached-tokens.mjs: the memory of the process for verified tokens.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SessionModule, SessionService, TokenService } from 'nestjs-session-kit';
import { serve } from '../serve.mjs';
import { SECRET, sessionOf } from '../settings.mjs';

class AppModule {}
const imports = [
  SessionModule.forRoot({ secret: SECRET, memory: {}, revocation: { check: 'none' } }),
];
Reflect.decorate([Module({ imports })], AppModule);
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const [sessions, tokens] = [app.get(SessionService), app.get(TokenService)];

serve({
  /** @returns bytes of the heap */
  async verify(count) {
    const issued = await Promise.all(Array.from({ length: count }, (_, number) => issue(number)));
    await tokens.verifyAccess(issued.pop().toString('latin1'));
    const before = await heapBytes();
    for (const token of issued) await tokens.verifyAccess(token.toString('latin1'));
    return (await heapBytes()) - before;
  },
});

/** As bytes, which are outside the measured heap. */
async function issue(number) {
  const { session } = await sessions.create({ ...sessionOf(number), transport: 'bearer' });
  const { accessToken } = await tokens.issue(session);
  return Buffer.from(accessToken, 'latin1');
}

async function heapBytes() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
  return process.memoryUsage().heapUsed;
}
