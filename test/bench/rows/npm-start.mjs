import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOTH_CORES, pinned } from '../machine.mjs';
import { ROOT, shortened } from '../settings.mjs';
import { interval } from '../statistics.mjs';
import { atMost } from '../targets.mjs';

const ROUNDS = 3;
const LIMIT_MS = 8000;
/** The share of one core that other processes may take before the figure depends on them. */
const MAX_STOLEN_SHARE = 0.1;
const TICKS_PER_SECOND = 100;
const TITLE = 'npm start, from a finished npm ci to the first answer';
const FILES = [
  'lib',
  'sample',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'nest-cli.json',
  '.npmrc',
];

export const ids = ['npm-start'];

export async function measure() {
  const directory = mkdtempSync(join(tmpdir(), 'session-kit-start-'));
  try {
    for (const name of FILES) {
      cpSync(join(ROOT, name), join(directory, name), { recursive: true });
    }
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) throw new Error(`npm ci failed: ${status}`);
    const starts = [];
    for (let round = 0; round < shortened(ROUNDS, 1); round++) starts.push(await start(directory));
    return [result(starts)];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function result(starts) {
  const samples = starts.map(({ milliseconds }) => milliseconds);
  const most = Math.max(...starts.map(({ takenByOthers }) => takenByOthers));
  const doubts =
    most > MAX_STOLEN_SHARE
      ? [`other processes took ${(most * 100).toFixed(0)} % of a core meanwhile`]
      : [];
  const figures = { 'most that others took of a core': most };
  return {
    id: 'npm-start',
    title: TITLE,
    unit: 'ms',
    cases: [{ name: 'the sample', samples, figures }],
    targets: [atMost(LIMIT_MS, interval(samples), `${TITLE}: ms`, doubts)],
  };
}

async function start(directory) {
  rmSync(join(directory, 'dist'), { recursive: true, force: true });
  const busyBefore = busySeconds();
  const started = performance.now();
  const [command, ...args] = pinned(BOTH_CORES, ['npm', 'start']);
  const child = spawn(command, args, {
    cwd: directory,
    // A separate process group, so that npm, nest and the sample end together.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0' },
  });
  const kill = () => process.kill(-Number(child.pid), 'SIGKILL');
  process.once('exit', kill);
  try {
    await fetch(await addressOf(child));
    const milliseconds = performance.now() - started;
    const others = busySeconds() - busyBefore - groupSeconds(child.pid);
    return { milliseconds, takenByOthers: Math.max(0, others) / (milliseconds / 1000) };
  } finally {
    process.off('exit', kill);
    kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

function addressOf(child) {
  return new Promise((resolve, reject) => {
    let output = '';
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`npm start ended:\n${output}`)));
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const address = /The sample runs on (\S+);/.exec(output)?.[1];
      if (address) resolve(address);
    });
  });
}

/** Seconds in which the processors of the machine were busy (proc_stat(5)). */
function busySeconds() {
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user, nice, system, , , irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** CPU seconds of a process group, including ended processes (proc_pid_stat(5)). */
function groupSeconds(group) {
  let ticks = 0;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const fields = statOf(entry);
    if (Number(fields[2]) !== group) continue;
    const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map(Number);
    ticks += user + system + endedUser + endedSystem;
  }
  return ticks / TICKS_PER_SECOND;
}

/** Fields from the state on: the name before it may contain spaces. Empty for an ended process. */
function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
