import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { memoryBackend, SessionConfigError, type SessionModuleOptions } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { eventually } from '../../support/eventually.js';
import { recordingStore, type RecordingStore } from '../../support/recording-store.js';
import { startApp, type TestApp } from '../../support/test-app.js';

const NAME = 'nestjs-session-kit:cleanup:sk:';
const EVERY_SECOND = '* * * * * *';

/** The scheduled jobs of an application. */
@Injectable()
class AppJobs {
  ticks = 0;
  intervals = 0;

  // The jobs have no names, so a second registration would double them instead of being refused.
  @Cron('0 0 1 1 *')
  yearly(): void {
    this.ticks++;
  }

  @Interval(50)
  quick(): void {
    this.intervals++;
  }
}

let app: TestApp | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(
  cleanup: NonNullable<SessionModuleOptions['cleanup']>,
  setup: Parameters<typeof startApp>[0] = {},
): Promise<{ app: TestApp } & RecordingStore> {
  const recorded = recordingStore(memoryBackend({ clock: new FakeClock(), maxSessions: 10 }));
  app = await startApp({ ...setup, options: { store: recorded.store, cleanup } });
  return { app, ...recorded };
}

const sweeps = (calls: readonly string[]): number =>
  calls.filter((name) => name === 'sweep').length;
/** The delay of the scheduled timer, which Node keeps in an undocumented field. */
const scheduledMs = (registry: SchedulerRegistry): number =>
  Reflect.get(registry.getTimeout(NAME), '_idleTimeout') as number;
const scheduling = { imports: [ScheduleModule.forRoot()], providers: [AppJobs] };

describe.each([
  ['without ScheduleModule in the application', {}],
  ['beside ScheduleModule.forRoot() of the application', scheduling],
])('the cleanup %s', (_name, setup) => {
  it.each([
    ['everySeconds: 1', { everySeconds: 1 }],
    ['cron', { cron: EVERY_SECOND }],
  ])('runs repeatedly by %s until close', async (_by, cleanup) => {
    const { app: running, calls } = await start(cleanup, setup);
    await eventually(
      () => sweeps(calls),
      (count) => count >= 2,
    );
    await running.close();
    const atClose = sweeps(calls);
    // Nothing of the kit is left that could run: the job of another app runs meanwhile.
    const other = await start(cleanup, setup);
    await eventually(
      () => sweeps(other.calls),
      (count) => count >= 2,
    );
    expect(sweeps(calls)).toBe(atClose);
  });

  it.each([
    ['everySeconds', { enabled: false, everySeconds: 1 }],
    ['cron', { enabled: false, cron: EVERY_SECOND }],
  ])('does not run by %s if it is disabled', async (_by, cleanup) => {
    const { calls } = await start(cleanup, setup);
    const first = app;
    const other = await start({ everySeconds: 1 }, setup);
    await eventually(
      () => sweeps(other.calls),
      (count) => count >= 2,
    );
    expect(sweeps(calls)).toBe(0);
    await first?.close();
  });

  it.each(['every day', '99 * * * *', '* *', '0 3 * * * * *'])(
    'refuses the cron expression %j at start and names the option',
    async (cron) => {
      const refused = await start({ cron }, setup).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SessionConfigError);
      const { problems } = refused as SessionConfigError;
      expect(problems.map(({ path }) => path)).toEqual(['cleanup.cron']);
      expect(problems[0]?.message).toContain("'0 3 * * *'");
    },
  );
});

describe('the cleanup in the SchedulerRegistry of the application', () => {
  it('registers a named timeout with jitter and removes it on close', async () => {
    const { app: running } = await start({ everySeconds: 1000 }, scheduling);
    const registry = running.get(SchedulerRegistry);
    expect(registry.getTimeouts()).toEqual([NAME]);
    const delayMs = scheduledMs(registry);
    expect(delayMs).toBeGreaterThanOrEqual(900_000);
    expect(delayMs).toBeLessThanOrEqual(1_100_000);
    await running.close();
    expect(registry.doesExist('timeout', NAME)).toBe(false);
  });

  it('uses different delays on different nodes, so that they do not sweep together', async () => {
    const delays = new Set<number>();
    for (let node = 0; node < 5; node++) {
      const { app: running } = await start({ everySeconds: 1000 }, scheduling);
      delays.add(scheduledMs(running.get(SchedulerRegistry)));
      await running.close();
    }
    expect(delays.size).toBeGreaterThan(1);
  });

  it('registers a named cron job and removes it on close', async () => {
    const { app: running } = await start({ cron: '0 3 * * *' }, scheduling);
    const registry = running.get(SchedulerRegistry);
    expect([...registry.getCronJobs().keys()]).toContain(NAME);
    const job = registry.getCronJob(NAME);
    expect(job.isActive).toBe(true);
    await running.close();
    expect(registry.doesExist('cron', NAME)).toBe(false);
    expect(job.isActive).toBe(false);
  });

  it('keeps the jobs of the application registered and running once', async () => {
    const { app: running } = await start({ cron: EVERY_SECOND }, scheduling);
    const registry = running.get(SchedulerRegistry);
    const jobs = running.get(AppJobs);
    expect(registry.getIntervals()).toHaveLength(1);
    const [own, ...others] = [...registry.getCronJobs()].filter(([name]) => name !== NAME);
    expect(others).toEqual([]);
    await own?.[1].fireOnTick();
    expect(jobs.ticks).toBe(1);
    await eventually(
      () => jobs.intervals,
      (count) => count >= 2,
    );
  });
});
