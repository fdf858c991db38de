import { startRedis } from '../redis.mjs';
import { interleave } from '../rounds.mjs';
import { shortened } from '../settings.mjs';
import { interval, median } from '../statistics.mjs';
import { atMost, ratioTo } from '../targets.mjs';
import { Worker } from '../worker.mjs';

const SIZES = [10_000, 100_000, 1_000_000];
const ROUNDS = 9;
const LISTS = 300;
const REVOKES = 40;

/** The operations on the store; `rounds`, by size, if a sample takes long. */
const WORKS = [
  { id: 'list', title: 'List the sessions of one user', ask: ['list', LISTS] },
  {
    id: 'list-by-scan',
    title: 'List them without an index, by SCAN and MGET',
    ask: ['scan'],
    rounds: [3, 2, 1],
  },
  { id: 'revoke-user', title: 'End the sessions of one user', ask: ['revokeUser', REVOKES] },
  { id: 'sweep', title: 'Sweep the whole store', ask: ['sweep'], rounds: [3, 2, 1] },
];

export const ids = WORKS.map(({ id }) => id);

/** The three stores exist at once, so that all sizes are measured at the same time. */
export async function measure(wants) {
  const stores = await Promise.all(SIZES.map(startRedis));
  const workers = await Promise.all(
    SIZES.map((size, i) =>
      Worker.start('workers/store.mjs', { args: [stores[i].url, String(size)] }),
    ),
  );
  for (const worker of workers) await worker.ask('fill');
  const rows = WORKS.filter(({ id }) => wants(id)).map((work) => rowOf(work, workers));
  for (const worker of workers) await worker.ask('list', LISTS);
  await interleave(
    rows.flatMap(({ cases }) => cases),
    shortened(ROUNDS),
  );
  for (const worker of workers) await worker.stop();
  for (const store of stores) await store.stop();
  for (const row of rows) row.targets = row.id === 'list' ? targets(row) : [];
  return rows;
}

function rowOf({ id, title, ask, rounds }, workers) {
  const cases = SIZES.map((size, i) => ({
    name: nameOf(size),
    size,
    base: nameOf(SIZES[0]),
    samples: [],
    rounds: rounds?.[i],
    sample: () => workers[i].ask(...ask),
  }));
  return { id, title, unit: 'ms', cases };
}

function nameOf(size) {
  return `${size.toLocaleString('en')} sessions`;
}

function targets(row) {
  const medians = row.cases.map(({ samples }) => median(samples));
  const slowest = row.cases[medians.indexOf(Math.max(...medians))];
  const [, ...larger] = row.cases.map(({ name }) => ratioTo(row, name));
  const growth = larger.toSorted((a, b) => b.value - a.value)[0];
  const title = 'List a user';
  return [
    atMost(0.25, interval(slowest.samples), `${title}, 10,000 to 1,000,000 sessions: ms`),
    atMost(1.3, growth, `${title}: growth from 10,000 to 1,000,000 sessions`),
  ];
}
