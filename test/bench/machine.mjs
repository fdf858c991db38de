import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { HERE, MEASURED_CORE, OTHER_CORE, ROOT } from './settings.mjs';

const hasTaskset = spawnSync('taskset', ['--version']).status === 0 && cpus().length > 1;

export const BOTH_CORES = `${MEASURED_CORE},${OTHER_CORE}`;

/** The command that runs the given one on these cores only, if the system supports that. */
export function pinned(cores, command) {
  return hasTaskset ? ['taskset', '-c', String(cores), ...command] : command;
}

/** Moves this process and its children off the core of the measured processes. */
export function leaveMeasuredCore() {
  if (hasTaskset) spawnSync('taskset', ['-acp', String(OTHER_CORE), String(process.pid)]);
}

export function machine() {
  const [cpu] = cpus();
  return {
    cpu: `${cpus().length} x ${cpu.model.trim()}`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    pinned: hasTaskset,
    node: process.version,
    redis: /v=([\d.]+)/.exec(
      spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout,
    )?.[1],
  };
}

/** Package and version of every peer in the tables. */
export function versions() {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const shared = [
    '@nestjs/core',
    '@nestjs/platform-express',
    '@nestjs/platform-fastify',
    'ioredis',
  ];
  const peers = Object.keys(
    JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8')).dependencies,
  );
  return { [own.name]: own.version, ...versionsIn(ROOT, shared), ...versionsIn(HERE, peers) };
}

function versionsIn(folder, names) {
  const search = createRequire(join(folder, 'package.json')).resolve.paths('x');
  return Object.fromEntries(names.map((name) => [name, versionOf(name, search)]));
}

/** Read from the files, because not every package exports its package.json. */
function versionOf(name, folders) {
  for (const folder of folders) {
    try {
      return JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')).version;
    } catch {
      // It is in a parent folder.
    }
  }
  throw new Error(`${name} is not installed`);
}
