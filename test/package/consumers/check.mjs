import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { npmInstall, run, StepFailure } from './commands.mjs';
import { FOOTPRINT_LIMIT } from './consumers.mjs';
import { footprintOf } from './footprint.mjs';

const here = import.meta.dirname;
const root = resolve(here, '../../..');
/** Regardless of the tsconfig of the consumer. */
const STRICT = ['--strict', '--noImplicitAny', '--strictBindCallApply', '--skipLibCheck', 'false'];

/**
 * Installs the tarball in the consumer, checks its types and runs its tests on each Node.
 *
 * @returns lines that report each step
 */
export async function check(consumer, { name, tarball, workspace, nodes, redisUrl }) {
  const started = performance.now();
  const folder = join(workspace, consumer.name);
  await prepare(consumer, workspace, folder);
  await install(folder, tarball);
  await run({ cwd: folder, step: 'types' }, 'node_modules/.bin/tsc', ...STRICT);
  const lines = [consumer.name];
  for (const { version, path } of nodes) {
    const env = {
      PATH: path,
      NO_COLOR: '1',
      CONSUMER_NODE: version,
      CONSUMER_LOADS: consumer.loads.join(' '),
      ...(redisUrl && { REDIS_URL: redisUrl }),
    };
    lines.push(`  Node ${version}: ${await passedTests(folder, env)} tests pass`);
    await useCommand(folder, name, env);
  }
  lines.push(`  ${name} brings ${footprint(folder, name)}`, `  ${secondsSince(started)} s`);
  return lines;
}

async function prepare({ name, scaffold }, workspace, folder) {
  const app = join(folder, 'src/session-kit');
  if (scaffold) {
    const options = ['--skip-install', '--skip-git', '--package-manager', 'npm'];
    const nest = join(root, 'node_modules/.bin/nest');
    await run({ cwd: workspace, step: 'nest new' }, nest, 'new', name, ...options);
    addTo(join(folder, 'package.json'), join(here, name, 'package.json'));
  } else {
    cpSync(join(here, name), folder, { recursive: true });
    cpSync(join(here, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  }
  cpSync(join(here, 'app'), app, { recursive: true });
  if (scaffold) dropExtensions(app);
}

function addTo(file, addition) {
  const manifest = readJson(file);
  for (const [field, entries] of Object.entries(readJson(addition))) {
    manifest[field] = { ...manifest[field], ...entries };
  }
  writeFileSync(file, JSON.stringify(manifest));
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The sources of the scaffold: its jest looks for `./x.js` beside `x.ts`, and finds nothing. */
function dropExtensions(folder) {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const source = readFileSync(file, 'utf8');
    writeFileSync(file, source.replaceAll(/(?<=(?:from|import) '\.\/[\w.-]+)\.js(?=';)/g, ''));
  }
}

/** A warning of npm (peer, engine, deprecation) is a failure: every user would read it. */
async function install(folder, tarball) {
  const { stderr } = await npmInstall(folder, tarball);
  if (/npm (warn|error)/i.test(stderr)) throw new StepFailure('install', `npm warns:\n${stderr}`);
  await run({ cwd: folder, step: 'peers' }, 'npm', 'ls', '--all');
}

async function passedTests(cwd, env) {
  const step = `tests on Node ${env.CONSUMER_NODE}`;
  const { stdout, stderr } = await run({ cwd, step, env }, 'npm', 'test');
  // The output of jest and vitest, and of node:test.
  const [, ...counts] = /Tests:? +(\d+) passed|pass (\d+)/.exec(stdout + stderr) ?? [];
  const passed = Number(counts.find(Boolean) ?? 0);
  if (passed === 0) throw new StepFailure(step, `no test ran:\n${stdout}${stderr}`);
  return passed;
}

/** The command of the package, through the link made by the install. */
async function useCommand(cwd, name, env) {
  const step = `command on Node ${env.CONSUMER_NODE}`;
  const { stdout } = await run({ cwd, step, env }, `node_modules/.bin/${name}`, 'secret');
  if (!/^[\w-]{43}\n$/.test(stdout)) throw new StepFailure(step, 'it printed no secret');
}

function footprint(folder, name) {
  const { packages, bytes } = footprintOf(folder, name);
  const mib = bytes / 1024 / 1024;
  const said = `${packages.length} packages, ${mib.toFixed(1)} MiB`;
  if (packages.length > FOOTPRINT_LIMIT.packages || mib > FOOTPRINT_LIMIT.mib) {
    const limit = `${FOOTPRINT_LIMIT.packages} packages, ${FOOTPRINT_LIMIT.mib} MiB`;
    throw new StepFailure('footprint', `${said} (at most ${limit}):\n${packages.join('\n')}`);
  }
  return said;
}

export function secondsSince(started) {
  return Math.round((performance.now() - started) / 1000);
}
