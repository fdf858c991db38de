import { commandsText, countCommands, roundTripsOf } from '../commands.mjs';
import { startRedis } from '../redis.mjs';
import { interleave } from '../rounds.mjs';
import { shortened } from '../settings.mjs';
import { SharedProcess } from '../shared-process.mjs';
import { addedUs, judge } from './judge.mjs';
import { JUDGED_ROWS } from './judged-rows.mjs';

/** V8 compiles the same code slightly differently in each process. */
const PROCESSES = 2;
const ROUNDS = { express: 16, fastify: 40 };
/** For the processes that serve one variant, of which there are as many. */
const ROUNDS_ALONE = { express: 10, fastify: 20 };
const ADAPTERS = ['fastify', 'express'];
const ADAPTER_NAMES = { fastify: 'Fastify', express: 'Express' };

const NAMES = {
  bare: 'bare Nest',
  kit: 'nestjs-session-kit',
  least: 'least possible',
  slowed: 'nestjs-session-kit, slowed by 1 µs',
};

const idOf = ({ id }, adapter) => `${id}-${adapter}`;
const rowsOf = (adapter) => JUDGED_ROWS.filter(({ targets }) => targets[adapter]);

export const ids = ADAPTERS.flatMap((adapter) => rowsOf(adapter).map((row) => idOf(row, adapter)));

export async function measure(wants) {
  const results = [];
  for (const adapter of ADAPTERS) {
    const rows = rowsOf(adapter).filter((row) => wants(idOf(row, adapter)));
    if (rows.length > 0) results.push(...(await measureAdapter(adapter, rows)));
  }
  return results;
}

async function measureAdapter(adapter, rows) {
  const measurements = rows.map((row) => new Measurement(row, adapter));
  for (let process = 0; process < shortened(PROCESSES, 1); process++) {
    await inOneProcess(adapter, measurements);
    for (const measurement of measurements) await measurement.alone();
  }
  return measurements.map((measurement) => measurement.result());
}

/** Every variant of every row. */
async function inOneProcess(adapter, measurements) {
  const redis = await startRedis();
  const servers = measurements.flatMap((measurement) => measurement.servers());
  const shared = await SharedProcess.start(adapter, redis, servers);
  const cases = [];
  for (const measurement of measurements) cases.push(...(await measurement.open(shared)));
  await shared.warmUp();
  for (const measurement of measurements) await measurement.countCommands(shared, redis);
  await interleave(cases, shortened(ROUNDS[adapter]));
  await shared.stop();
  await redis.stop();
}

/** One row on one adapter. */
class Measurement {
  #row;
  #adapter;
  #bareRequests;
  #commands = { kit: [], least: [] };
  #shared = {};
  #alone = { bare: [], kit: [] };

  constructor(row, adapter) {
    this.#row = row;
    this.#adapter = adapter;
    for (const role of this.#roles()) this.#shared[role] = [];
  }

  servers() {
    return this.#roles().map((role) => this.#serverOf(role));
  }

  /** @returns {Promise<object[]>} its cases, to be interleaved */
  async open(shared) {
    const requests = await shared.requestsOf(this.#row.kit);
    // Bare Nest receives the same requests as the package, at its one route.
    this.#bareRequests = requests.map((request) => Object.assign({}, request, { path: '/' }));
    const cases = [];
    for (const role of this.#roles()) cases.push(await this.#openCase(shared, role, this.#shared));
    return cases;
  }

  /**
   * The package and bare Nest, each in a process of its own, to verify the measurement of the
   * shared process.
   */
  async alone() {
    const redis = await startRedis();
    const cases = [];
    const processes = [];
    for (const role of ['bare', 'kit']) {
      const own = await SharedProcess.start(this.#adapter, redis, [this.#serverOf(role)]);
      cases.push(await this.#openCase(own, role, this.#alone));
      processes.push(own);
    }
    for (const own of processes) await own.warmUp();
    await interleave(cases, shortened(ROUNDS_ALONE[this.#adapter]));
    for (const own of processes) await own.stop();
    await redis.stop();
  }

  async countCommands(shared, redis) {
    for (const role of this.#roles().filter((role) => role in this.#commands)) {
      const serve = () => shared.serveBlock(this.#keyOf(role));
      this.#commands[role] = (await countCommands(redis, serve)).commands;
    }
  }

  result() {
    const title = `${this.#row.title}, ${ADAPTER_NAMES[this.#adapter]}`;
    const [shared, alone] = [this.#shared, this.#alone];
    const roundTrips = roundTripsOf(this.#commands.kit);
    const targets = this.#row.targets[this.#adapter];
    return {
      id: idOf(this.#row, this.#adapter),
      title,
      unit: 'µs of CPU of a request',
      cases: this.#roles().map((role) => ({
        name: NAMES[role],
        samples: shared[role].flat().filter((us) => us !== undefined),
        figures: {
          'µs added': addedOf(role, shared),
          'µs added, alone in a process': addedOf(role, alone),
          'Redis commands per request': commandsText(this.#commands[role] ?? []),
        },
      })),
      blocks: { shared, alone },
      targets: judge(title, targets, { shared, alone, roundTrips }),
    };
  }

  #roles() {
    return Object.keys(NAMES).filter((role) => this.#serverOf(role) !== undefined);
  }

  #serverOf(role) {
    const server = this.#row[role];
    return typeof server === 'object' ? server[this.#adapter] : server;
  }

  #keyOf(role) {
    return `${this.#row.id} ${role}`;
  }

  async #openCase(process, role, blocks) {
    const key = this.#keyOf(role);
    const samples = [];
    blocks[role].push(samples);
    await process.open({
      key,
      server: this.#serverOf(role),
      asksRedis: this.#row.asksRedis,
      requests: role === 'bare' ? this.#bareRequests : undefined,
      continues: role === 'bare' ? undefined : this.#row.continues,
    });
    return { samples, sample: () => process.block(key) };
  }
}

/** Undefined for bare Nest itself, and for variants without such a measurement. */
function addedOf(role, blocks) {
  if (role === 'bare' || !blocks[role]) return undefined;
  return addedUs(blocks[role], blocks.bare);
}
