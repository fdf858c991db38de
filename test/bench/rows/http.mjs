import { encode, Load } from '../load.mjs';
import { startRedis } from '../redis.mjs';
import { interleave } from '../rounds.mjs';
import { median, paired } from '../statistics.mjs';
import { atLeast, exactly, ratioTo } from '../targets.mjs';
import { Worker } from '../worker.mjs';
import { HTTP_ROWS } from './http-rows.mjs';

const ROUNDS = 7;
const SAMPLE_MS = 800;
/** Express is at its speed after so many; a time would be too short where the machine has other work. */
const WARM_UP_REQUESTS = 10_000;

export const ids = HTTP_ROWS.map(({ id }) => id);

/** Every server at once, each loaded in turn; all of them on one core, so only the loaded one has work. */
export async function measure(wants) {
  const rows = HTTP_ROWS.filter(({ id }) => wants(id));
  const redis = await startRedis();
  const servers = new Map();
  const cases = [];
  for (const row of rows) {
    for (const spec of row.cases) {
      const server = await serverOf(servers, row.adapter, spec.server, redis);
      const { requests } = await serverOf(
        servers,
        row.adapter,
        spec.requestsOf ?? spec.server,
        redis,
      );
      cases.push(await HttpCase.open(row, spec, { server, requests, redis }));
    }
  }
  await interleave(cases, ROUNDS);
  for (const { worker } of servers.values()) await worker.stop();
  await redis.stop();
  return rows.map((row) =>
    result(
      row,
      cases.filter((one) => one.row === row),
    ),
  );
}

async function serverOf(servers, adapter, name, redis) {
  const id = `${adapter} ${name}`;
  if (!servers.has(id)) {
    const worker = await Worker.start('servers/server.mjs', { args: [adapter, name, redis.url] });
    const [port, requests] = [await worker.ask('port'), await worker.ask('requests')];
    servers.set(id, { worker, port, requests });
  }
  return servers.get(id);
}

/** One server under the requests of one row. */
class HttpCase {
  samples = [];
  perSecond = [];

  static async open(row, spec, { server, requests, redis }) {
    const one = Object.assign(new HttpCase(), { row, spec, server, redis });
    const encoded = requests.map((request) => encode(request, server.port));
    one.load = new Load(server.port, nextOf(spec, requests, encoded, server.port));
    await one.#warmUp();
    return one;
  }

  /** The logins are so new that no session is due to be touched, so each command belongs to a request. */
  async #warmUp() {
    const before = await this.redis.commands();
    let requests = 0;
    while (requests < WARM_UP_REQUESTS) {
      await this.load.connect();
      requests += (await this.load.run(SAMPLE_MS)).requests;
    }
    const after = await this.redis.commands();
    this.commands = [...after]
      .map(([name, calls]) => [name, (calls - (before.get(name) ?? 0)) / requests])
      .filter(([, calls]) => calls > 0);
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
