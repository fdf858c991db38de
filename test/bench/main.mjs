// npm run bench [-- --only <row>]: measures the kit beside its peers. Exits with 0 only when every target holds.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { leaveMeasuredCore, machine, versions } from './machine.mjs';
import { prepare } from './prepare.mjs';
import { markdown } from './report.mjs';
import { RESULTS } from './settings.mjs';

const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;

// Ends Redis too, which ends when this process exits.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

prepare();
leaveMeasuredCore();
// These need what was installed just now.
const { FAMILIES } = await import('./rows/families.mjs');
const { costPlot, listingPlot } = await import('./plots.mjs');
const ids = FAMILIES.flatMap((family) => family.ids);
const wants = (id) => only === undefined || id.startsWith(only);
if (!ids.some(wants)) {
  console.error(`There is no row ${only}. Rows: ${ids.join(', ')}`);
  process.exit(2);
}

const started = performance.now();
const rows = [];
for (const { ids: own, measure } of FAMILIES) {
  if (!own.some(wants)) continue;
  console.error(`measuring ${own.filter(wants).join(', ')}`);
  rows.push(...(await measure(wants)));
}
const minutes = (performance.now() - started) / 60_000;
const results = { machine: machine(), versions: versions(), minutes, rows };
const text = markdown(results);
console.log(text);
if (only === undefined) {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(RESULTS, 'results.md'), text);
  writeFileSync(join(RESULTS, 'cost-per-request.svg'), costPlot(rows));
  writeFileSync(join(RESULTS, 'listing-time.svg'), listingPlot(rows));
}
const missed = rows.flatMap(({ targets }) => targets).filter(({ holds }) => !holds);
console.error(missed.length === 0 ? 'every target holds' : `${missed.length} targets were missed`);
process.exit(missed.length === 0 ? 0 : 1);
