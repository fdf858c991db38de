import { interleave } from '../rounds.mjs';
import { shortened } from '../settings.mjs';
import { atLeast, ratioTo } from '../targets.mjs';
import { Worker } from '../worker.mjs';

/** V8 compiles the same code slightly differently in each process. */
const PROCESSES = 3;
const ROUNDS = 8;
const SAMPLE_MS = 60;
const WARM_UP_MS = 400;

export const ids = ['verify'];

export async function measure() {
  const processes = [];
  for (let i = 0; i < PROCESSES; i++) processes.push(await measureInOneProcess());
  const [first] = processes;
  const cases = first.map(({ name, base }, at) => ({
    name,
    base,
    samples: processes.flatMap((sampled) => sampled[at].samples),
  }));
  const row = { id: 'verify', title: 'Verify an HS256 token', unit: 'per second of CPU', cases };
  return [
    {
      ...row,
      targets: [
        atLeast(
          0.4,
          ratioTo(row, 'nestjs-session-kit, cold'),
          'HS256 verify, cold: ratio to node:crypto',
        ),
        atLeast(
          7,
          ratioTo(row, 'nestjs-session-kit, cache hit'),
          'HS256 verify, cache hit: ratio to node:crypto',
        ),
      ],
    },
  ];
}

async function measureInOneProcess() {
  const worker = await Worker.start('workers/jwt.mjs');
  const names = await worker.ask('names');
  const cases = names.map((name) => ({
    name,
    base: names[0],
    samples: [],
    sample: () => worker.ask('run', { name, milliseconds: SAMPLE_MS }),
  }));
  for (const name of names) await worker.ask('run', { name, milliseconds: WARM_UP_MS });
  await interleave(cases, shortened(ROUNDS));
  await worker.stop();
  return cases;
}
