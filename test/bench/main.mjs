// npm run bench: measures and judges the package. npm run bench:full: also measures it beside its
// peers. -- --only <row>: rows of either.
// Exit codes: 0 all targets hold, 1 one is missed, 2 one is too noisy to tell and none is missed, 3
// it could not run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { leaveMeasuredCore, machine, versions } from './machine.mjs';
import { prepare } from './prepare.mjs';
import { markdown } from './report.mjs';
import { IS_SHORTENED, RESULTS } from './settings.mjs';
import { exitCodeOf } from './targets.mjs';

const COULD_NOT_RUN = 3;

const JUDGED_REPORT = {
  title: 'Judged',
  lead: [
    'The kit, bare Nest and the least possible shared a process. Figures are the centres of the differences of blocks, with their 95 % intervals; test/bench/README.md has the method.',
  ],
};
const FULL_REPORT = {
  title: 'Measured',
  lead: [
    'Cases of a table ran in turns, in a new random order each round, each in processes of its own. Figures are medians; the spread is the middle half, in percent of the median; a ratio is the centre of the ratios of each round.',
  ],
};

const { only, full } = parseArgs({
  options: { only: { type: 'string' }, full: { type: 'boolean', default: false } },
}).values;

// Also ends Redis, which ends when this process exits.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => process.exit(COULD_NOT_RUN));
}
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.once(event, (error) => {
    console.error(error);
    process.exit(COULD_NOT_RUN);
  });
}

prepare();
leaveMeasuredCore();
// These need the packages that were just installed.
const { JUDGED, TABLES } = await import('./rows/families.mjs');
const wants = (id) => only === undefined || id.startsWith(only);
const judged = await measure(JUDGED);
const tables = full || only !== undefined ? await measure(TABLES) : { rows: [] };
const rows = [...judged.rows, ...tables.rows];
if (rows.length === 0) {
  const ids = [...JUDGED, ...TABLES].flatMap((family) => family.ids);
  console.error(`There is no row ${only}. Rows: ${ids.join(', ')}`);
  process.exit(COULD_NOT_RUN);
}

if (judged.rows.length > 0) report(JUDGED_REPORT, judged, 'judged');
if (tables.rows.length > 0) {
  report(FULL_REPORT, tables, 'results');
  if (writesResults()) await plot(tables.rows);
}
const targets = rows.flatMap((row) => row.targets);
for (const outcome of ['missed', 'too noisy to tell']) {
  const count = targets.filter((target) => target.outcome === outcome).length;
  if (count > 0) console.error(`${count} of ${targets.length} targets: ${outcome}`);
}
const exitCode = exitCodeOf(targets);
if (exitCode === 0) console.error('every target holds');
process.exit(exitCode);

async function measure(families) {
  const started = performance.now();
  const rows = [];
  for (const { ids, measure } of families) {
    if (!ids.some(wants)) continue;
    console.error(`measuring ${ids.filter(wants).join(', ')}`);
    rows.push(...(await measure(wants)));
  }
  return { rows, minutes: (performance.now() - started) / 60_000 };
}

function report(about, { rows, minutes }, name) {
  const results = { machine: machine(), versions: versions(), minutes, rows };
  const text = markdown(about, results);
  console.log(text);
  if (!writesResults()) return;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(RESULTS, `${name}.md`), text);
}

async function plot(rows) {
  const { costPlot, listingPlot } = await import('./plots.mjs');
  writeFileSync(join(RESULTS, 'cost-per-request.svg'), costPlot(rows));
  writeFileSync(join(RESULTS, 'listing-time.svg'), listingPlot(rows));
}

/** Results of a partial or short run are not recorded. */
function writesResults() {
  return only === undefined && !IS_SHORTENED;
}
