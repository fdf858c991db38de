import { startRedis } from '../redis.mjs';
import { interleave } from '../rounds.mjs';
import { shortened } from '../settings.mjs';
import { differences, interval } from '../statistics.mjs';
import { atMost } from '../targets.mjs';
import { Worker } from '../worker.mjs';

const ROUNDS = 12;
const TITLE = 'Start of a process, Express';
const LIMIT_MS = 150;

const BARE = 'bare Nest';
/** Most applications load them anyway. */
const LOADED = 'with class-validator and ioredis';
const KIT = 'with SessionModule and Redis';
const VARIANTS = { [BARE]: 'bare', [LOADED]: 'loaded', [KIT]: 'kit' };

export const ids = ['start-up'];

/** Milliseconds in which the main thread waited for the processor are subtracted. */
export async function measure() {
  const redis = await startRedis();
  const cases = Object.entries(VARIANTS).map(([name, variant]) => ({
    name,
    base: LOADED,
    samples: [],
    async sample() {
      const args = ['express', variant, redis.url];
      const worker = await Worker.start('workers/start-up.mjs', { args });
      const milliseconds = await worker.ask('milliseconds');
      await worker.stop();
      return milliseconds;
    },
  }));
  // The first run reads the files from the disk.
  for (const one of cases) await one.sample();
  await interleave(cases, shortened(ROUNDS));
  await redis.stop();
  const loaded = cases.find(({ name }) => name === LOADED);
  const kit = cases.find(({ name }) => name === KIT);
  const added = interval(differences(kit.samples, loaded.samples));
  kit.figures = { 'ms added': added };
  const what = `${TITLE}: ms above an app that loads class-validator and ioredis`;
  return [
    {
      id: 'start-up',
      title: TITLE,
      unit: 'ms until it listens',
      cases,
      targets: [atMost(LIMIT_MS, added, what)],
    },
  ];
}
