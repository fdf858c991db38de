import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { SessionConfigError } from 'nestjs-session-kit';
import { appModule } from './app.module.js';
import { describe, it } from './runner.js';

describe('the start', () => {
  it('runs on the Node under test', () => {
    assert.equal(process.version, process.env['CONSUMER_NODE']);
  });

  it('fails with one SessionConfigError if Redis is unavailable', async () => {
    // Port 1 is reserved and nothing listens on it; the message proves that ioredis was loaded and
    // tried.
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
  });
});
