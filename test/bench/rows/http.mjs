import { encode, Load } from '../load.mjs';
import { startRedis } from '../redis.mjs';
import { interleave } from '../rounds.mjs';
import { median, paired } from '../statistics.mjs';
import { atLeast, exactly, ratioTo } from '../targets.mjs';
import { Worker } from '../worker.mjs';
import { HTTP_ROWS } from './http-rows.mjs';

const ROUNDS = 9;
const SAMPLE_MS = 600;
/** Express is at its speed after so many; a time would be too short where the machine has other work. */
const WARM_UP_REQUESTS = 10_000;

export const ids = HTTP_ROWS.map(({ id }) => id);

/**
 * One table after the other, its cases in turns: a server that waits for minutes loses its compiled code, and one that
 * is the base of many tables would keep it.
 */
export async function measure(wants) {
  const results = [];
  for (const row of HTTP_ROWS.filter(({ id }) => wants(id))) results.push(await measureRow(row));
  return results;
}

async function measureRow(row) {
  const redis = await startRedis();
  const servers = await Promise.all(
    row.cases.map(({ server }) => serverOf(row.adapter, server, redis)),
  );
  // What the kit is sent, the base is sent too, at the one route that it has.
  const forBase = servers[1].requests.map((request) => Object.assign({}, request, { path: '/' }));
  const cases = [];
  for (const [i, spec] of row.cases.entries()) {
    const requests = i === 0 ? forBase : servers[i].requests;
    cases.push(await HttpCase.open(spec, { server: servers[i], requests, redis }));
  }
  await interleave(cases, ROUNDS);
  for (const { worker } of servers) await worker.stop();
  await redis.stop();
  return result(row, cases);
}

async function serverOf(adapter, name, redis) {
  const worker = await Worker.start('servers/server.mjs', { args: [adapter, name, redis.url] });
  return { worker, port: await worker.ask('port'), requests: await worker.ask('requests') };
}

/** One server under the requests of one row. */
class HttpCase {
  samples = [];
  perSecond = [];

  static async open(spec, { server, requests, redis }) {
    const one = Object.assign(new HttpCase(), { spec, server, redis });
    const encoded = requests.map((request) => encode(request, server.port));
    one.load = new Load(server.port, nextOf(spec, requests, encoded, server.port));
    await one.#warmUp();
    return one;
  }

  /** The logins are so new that no session is due to be touched, so each command belongs to a request. */
  async #warmUp() {
    let total = 0;
    while (total < WARM_UP_REQUESTS) {
      const before = await this.redis.commands();
      await this.load.connect();
      const { requests } = await this.load.run(SAMPLE_MS);
      const after = await this.redis.commands();
      this.commands = [...after]
        .map(([name, calls]) => [name, (calls - (before.get(name) ?? 0)) / requests])
        .filter(([, calls]) => calls > 0);
      total += requests;
    }
  }

  /** @returns {Promise<number>} requests that one second of the processor serves */
  async sample() {
    await this.load.connect();
    const before = await this.server.worker.ask('cpu');
    const { requests, seconds } = await this.load.run(SAMPLE_MS);
    const used = (await this.server.worker.ask('cpu')) - before;
    this.perSecond.push(requests / seconds);
    return requests / (used / 1e6);
  }
}

/** Each connection walks through all credentials, or goes on with what the last answer brought. */
function nextOf({ continues }, requests, encoded, port) {
  let turn = 0;
  if (!continues) return () => encoded[turn++ % encoded.length];
  return (connection, previousBody) =>
    previousBody === undefined
      ? encoded[connection]
      : encode(continues(requests[connection], previousBody), port);
}

function result({ id, title, targets = [] }, cases) {
  const [base] = cases;
  const shown = cases.map((one) => ({
    name: one.spec.name,
    samples: one.samples,
    base: base.spec.name,
    figures: {
      'µs added': one === base ? undefined : addedUs(one, base),
      'requests/s': Math.round(median(one.perSecond)),
      'Redis commands per request':
        one.commands.length === 0 ? undefined : commandsText(one.commands),
    },
  }));
  const row = { id, title, unit: 'requests per second of CPU', better: 'more', cases: shown };
  return { ...row, targets: targets.map((target) => judged(target, row, cases)) };
}

function judged(target, row, cases) {
  const kit = cases[1];
  if (target.ratio !== undefined) {
    return atLeast(target.ratio, ratioTo(row, kit.spec.name), `${row.title}: ratio to bare Nest`);
  }
  return exactly(target.roundTrips, roundTrips(kit.commands), `${row.title}: Redis round trips`);
}

/** Commands inside a script are part of its one round trip. */
function roundTrips(commands) {
  const scripts = commands.filter(([name]) => name === 'evalsha');
  return (scripts.length > 0 ? scripts : commands).reduce((sum, [, calls]) => sum + calls, 0);
}

function addedUs({ samples }, base) {
  const added = paired(samples, base.samples, (value, other) => 1e6 / value - 1e6 / other);
  return Number(median(added).toFixed(1));
}

function commandsText(commands) {
  return commands
    .filter(([, calls]) => calls >= 0.005)
    .map(([name, calls]) => `${name} ${Number(calls.toFixed(2))}`)
    .join(', ');
}
