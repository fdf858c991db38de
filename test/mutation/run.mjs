// npm run test:mutation: takes back one decision of the package at a time and runs the specs that must notice it. A
// mutant that survives is a rule without a test. -- --only <pattern>: mutants whose file or title matches.
// Exit codes: 0 at least 95 % are killed, 1 fewer are, 2 it could not run.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants.mjs';
import { outcomeOf } from './outcome.mjs';
import { runSpecs } from './run-specs.mjs';
import { specFiles } from './spec-files.mjs';
import { copyCheckout } from './working-copy.mjs';

const MIN_KILLED_RATIO = 0.95;
const COULD_NOT_RUN = 2;

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(COULD_NOT_RUN));
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error);
  process.exitCode = COULD_NOT_RUN;
}

async function main() {
  const { only = '' } = parseArgs({ options: { only: { type: 'string' } } }).values;
  const pattern = new RegExp(only, 'i');
  const selected = MUTANTS.filter(({ file, title }) => pattern.test(`${file} ${title}`));
  if (selected.length === 0) throw new Error(`no mutant matches ${only}`);
  const startedMs = performance.now();
  const copies = Array.from({ length: availableParallelism() }, () => copyCheckout());
  await requireGreen(copies[0], selected);
  const results = await outcomesOf(selected, copies);
  return report(results, (performance.now() - startedMs) / 60_000);
}

/** @throws Error if a spec file fails without a mutant: it would kill every mutant */
async function requireGreen(copy, mutants) {
  const files = [...new Set(mutants.flatMap(({ specs }) => specFiles(specs)))];
  console.log(`${files.length} spec files without a mutant, then ${mutants.length} mutants`);
  const { report, output } = await runSpecs(copy, files);
  if (!report?.success) throw new Error(`the specs fail without a mutant:\n${output}`);
}

/** Each copy takes the next mutant when it has finished one. */
async function outcomesOf(mutants, copies) {
  const results = [];
  const next = mutants.values();
  const work = async (copy) => {
    for (const mutant of next) {
      const restore = copy.apply(mutant);
      const run = await runSpecs(copy, specFiles(mutant.specs), mutant);
      restore();
      const outcome = outcomeOf(run, mutant);
      results.push({ mutant, outcome });
      console.log(line(outcome, run.seconds, mutant));
    }
  };
  await Promise.all(copies.map(work));
  return results;
}

function line(outcome, seconds, { file, title }) {
  return `${outcome.padEnd(9)} ${seconds.toFixed(1).padStart(6)} s  ${file.padEnd(56)} ${title}`;
}

/** @returns the exit code */
function report(results, minutes) {
  const survivors = results.filter(({ outcome }) => outcome !== 'killed');
  const ratio = 1 - survivors.length / results.length;
  console.log(
    `\n${results.length - survivors.length} of ${results.length} mutants killed (${(100 * ratio).toFixed(1)} %) in ${minutes.toFixed(1)} min`,
  );
  for (const { mutant, outcome } of survivors) {
    console.log(`${outcome}: ${mutant.title} (${mutant.file})`);
  }
  return ratio >= MIN_KILLED_RATIO ? 0 : 1;
}
