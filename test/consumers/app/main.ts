import 'reflect-metadata';
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SessionConfigError } from 'nestjs-session-kit';
import { appModule } from './app.module.js';
import { checkIdentity } from './identity.js';
import { checkJourney } from './journey.js';

/** Runs in a folder of its own, with the packed tarball installed. Says what holds, a line each; the first failure ends it. */
async function main(): Promise<void> {
  const app = await step('the app starts', () =>
    NestFactory.create(appModule(), { logger: ['error', 'warn'], abortOnError: false }),
  );
  try {
    await step('the package has one identity', () => checkIdentity(app));
    await app.listen(0, '127.0.0.1');
    await checkJourney(urlOf(app), step);
  } finally {
    await app.close();
  }
  await step(
    'a Redis that is not there stops the start with one SessionConfigError',
    refusesToStart,
  );
}

async function step<T>(what: string, run: () => Promise<T> | T): Promise<T> {
  try {
    const value = await run();
    console.log(`  ok ${what}`);
    return value;
  } catch (error) {
    console.error(`  FAILED: ${what}`);
    throw error;
  }
}

async function refusesToStart(): Promise<void> {
  // Port 1 is reserved and nothing listens on it; the message proves that ioredis was loaded and tried.
  const module = appModule({ redis: { url: 'redis://127.0.0.1:1' } });
  const start = async (): Promise<void> => {
    const app = await NestFactory.create(module, { logger: false, abortOnError: false });
    await app.init();
  };
  await assert.rejects(start, (error) => {
    assert.ok(error instanceof SessionConfigError);
    assert.match(error.message, /cannot use 127\.0\.0\.1:1 .*ECONNREFUSED/);
    return true;
  });
}

function urlOf(app: INestApplication): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
