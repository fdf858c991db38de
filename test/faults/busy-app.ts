import type { Type } from '@nestjs/common';
import type { RedisConnection } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { type Adapter, startApp, type TestApp } from '../support/test-app.js';
import { WorkController } from './work.controller.js';

/** Time as it is: what a fault does to touches and graces takes time. */
class RunningClock extends FakeClock {
  override nowMs(): number {
    return Date.now();
  }
}

/** An app with everything that asks Redis: guard, rate limit, and touches as often as they may be. */
export function startBusyApp(
  adapter: Adapter,
  redis: RedisConnection,
  controllers: Type[] = [],
): Promise<TestApp> {
  return startApp({
    adapter,
    controllers: [WorkController, ...controllers],
    clock: new RunningClock(),
    options: {
      redis,
      globalGuards: true,
      csrf: { require: 'origin' },
      rateLimit: { limit: 1_000_000 },
      session: { touchIntervalSeconds: 1 },
    },
  });
}
