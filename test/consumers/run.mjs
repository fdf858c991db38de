// Packs the package as it would be published and runs it in real apps outside this repository: what the tests in here
// cannot see is whether the tarball installs, compiles and has one identity in somebody else's node_modules.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { footprintOf } from './footprint.mjs';

const CONSUMERS = ['nest12-esm', 'nest11-cjs'];
const here = import.meta.dirname;
const root = resolve(here, '../..');
const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

class StepFailure extends Error {
  constructor(step, output) {
    super(`\nFAILED at "${step}"\n${output.trim()}`);
  }
}

const workspace = mkdtempSync(join(tmpdir(), 'session-kit-consumers-'));
try {
  const tarball = pack();
  for (const consumer of CONSUMERS) check(consumer, tarball);
} catch (error) {
  console.error(error instanceof StepFailure ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(workspace, { recursive: true, force: true });
}

function pack() {
  run(root, 'build', 'npm', 'run', 'build');
  const options = ['--json', '--ignore-scripts', '--pack-destination', workspace];
  const [packed] = JSON.parse(run(root, 'pack', 'npm', 'pack', ...options).stdout);
  console.log(`${packed.filename}: ${kib(packed.size)}, unpacked ${kib(packed.unpackedSize)}`);
  return join(workspace, packed.filename);
}

function check(consumer, tarball) {
  const folder = join(workspace, consumer);
  const started = performance.now();
  console.log(`\n${consumer}`);
  cpSync(join(here, consumer), folder, { recursive: true });
  cpSync(join(here, 'app'), join(folder, 'src'), { recursive: true });
  cpSync(join(here, 'app/tsconfig.json'), join(folder, 'tsconfig.json'));
  install(folder, tarball);
  run(folder, 'compile', 'node_modules/.bin/tsc');
  console.log(run(folder, 'start and use', process.execPath, 'dist/main.js').stdout.trimEnd());
  useCommand(folder);
  const { added, addedBytes } = footprintOf(folder, name);
  console.log(`  ${name} brings ${added.length} packages, ${mib(addedBytes)}: ${added.join(' ')}`);
  console.log(`  ${Math.round((performance.now() - started) / 1000)} s`);
}

/** The command of the package, through the link that an install makes for it. */
function useCommand(folder) {
  const { stdout } = run(folder, 'command', `node_modules/.bin/${name}`, 'secret');
  if (!/^[\w-]{43}\n$/.test(stdout)) throw new StepFailure('command', 'it printed no secret');
}

/** A warning of npm (peer, engine, deprecation) is a failure: every user would read it. */
function install(folder, tarball) {
  const { stderr } = run(folder, 'install', 'npm', 'install', '--no-audit', '--no-fund', tarball);
  if (/npm (warn|error)/i.test(stderr)) throw new StepFailure('install', `npm warns:\n${stderr}`);
  run(folder, 'peers', 'npm', 'ls', '--all');
}

function run(cwd, step, command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return { stdout, stderr };
  throw new StepFailure(step, [`${command} ${args.join(' ')}`, error, stdout, stderr].join('\n'));
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

function mib(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
