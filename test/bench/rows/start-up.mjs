import { startRedis } from '../redis.mjs';
import { interleave } from '../rounds.mjs';
import { median, paired } from '../statistics.mjs';
import { Worker } from '../worker.mjs';

const ROUNDS = 7;
const BASE = 'bare Nest';

export const ids = ['start-up'];

export async function measure() {
  const redis = await startRedis();
  const caseOf = (name, variant) => ({
    name,
    base: BASE,
    samples: [],
    async sample() {
      const worker = await Worker.start('workers/start-up.mjs', {
        args: ['express', variant, redis.url],
      });
      const milliseconds = await worker.ask('milliseconds');
      await worker.stop();
      return milliseconds;
    },
  });
  const cases = [caseOf(BASE, 'bare'), caseOf('with SessionModule and Redis', 'kit')];
  // The first reads the files from the disk.
  for (const one of cases) await one.sample();
  await interleave(cases, ROUNDS);
  await redis.stop();
  const [bare, kit] = cases;
  const added = median(paired(kit.samples, bare.samples, (value, other) => value - other));
  kit.figures = { 'ms added': added };
  return [
    {
      id: 'start-up',
      title: 'Start of a process, Express',
      unit: 'ms until it listens',
      cases,
      targets: [],
    },
  ];
}
