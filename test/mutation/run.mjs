// Takes back one decision of lib at a time and runs the specs that must notice: `npm run test:mutation`. A mutant that
// survives is a rule without a test. Arguments select mutants by a part of their title.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { MUTANTS } from './mutants.mjs';

const TIMEOUT_MS = 300_000;
const [, , ...parts] = process.argv;
const selected = MUTANTS.filter(
  ({ title }) => parts.length === 0 || parts.some((part) => title.includes(part)),
);
const survivors = [];
let current;

process.on('exit', () => current?.restore());
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

for (const mutant of selected) {
  current = apply(mutant);
  const outcome = run(mutant.specs);
  current.restore();
  current = undefined;
  if (outcome === 'survived') survivors.push(mutant.title);
  console.log(`${outcome.padEnd(9)} ${mutant.title}`);
}

const killed = selected.length - survivors.length;
console.log(`\n${killed} of ${selected.length} mutants killed`);
for (const title of survivors) console.log(`survived: ${title}`);
process.exitCode = survivors.length === 0 ? 0 : 1;

/** @throws Error if the code to replace is not in the file exactly once: the mutant is older than the code */
function apply({ title, file, from, to }) {
  const path = `lib/${file}`;
  const source = readFileSync(path, 'utf8');
  const count = source.split(from).length - 1;
  if (count !== 1) throw new Error(`${title}: ${path} contains the code ${count} times`);
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  return { restore: () => writeFileSync(path, source) };
}

/** Runs the specs with the settings of `npm test`; a run that hangs was noticed, too. */
function run(specs) {
  const flags = ['--maxWorkers=1', '--bail', '--forceExit', '--passWithNoTests'];
  const args = ['--silent', 'test', '--', ...flags, ...specs];
  const { status, error } = spawnSync('npm', args, { stdio: 'ignore', timeout: TIMEOUT_MS });
  if (error?.code === 'ETIMEDOUT') return 'hung';
  if (error) throw error;
  return status === 0 ? 'survived' : 'killed';
}
