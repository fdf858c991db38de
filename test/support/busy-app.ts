import type { Type } from '@nestjs/common';
import type { RedisConnection } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { type Adapter, startApp, type TestApp } from './test-app.js';
import { ApiAppController } from './apps/api-app.controller.js';

/** The real clock: touches and graces take real time during a fault. */
class RunningClock extends FakeClock {
  override nowMs(): number {
    return Date.now();
  }
}

/**
 * An application with all features that use Redis: guard, rate limit, and touches as often as
 * possible.
 */
export function startBusyApp(
  adapter: Adapter,
  redis: RedisConnection,
  controllers: Type[] = [],
): Promise<TestApp> {
  return startApp({
    adapter,
    controllers: [ApiAppController, ...controllers],
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
