import { encode, Load } from '../load.mjs';
import { Worker } from '../worker.mjs';

/**
 * On Express the garbage of a request outlives it (its `setPrototypeOf` on each request), until a big collection that
 * comes once or twice a second: a sample has to hold some of them.
 */
const SAMPLE_MS = { express: 1200, fastify: 400 };
const WARM_UP_STEP_MS = 400;
/**
 * A server is at its speed after so many: before that V8 still compiles, and whoever has more code is compiled longer. A
 * time would be too short where the machine has other work.
 */
const WARM_UP_REQUESTS = { express: 15_000, fastify: 60_000 };
/** For those that are slow anyway. */
const MOST_WARM_UP_STEPS = 5;

/** One package under load, in one process or in several that take turns. */
export class HttpCase {
  samples = [];
  perSecond = [];
  #servers = [];

  /** @param {import('../load.mjs').HttpRequest[]} [requests] default: those that the server asks for */
  static async open(spec, { adapter, redis, asksRedis, processes, rounds, requests }) {
    const one = Object.assign(new HttpCase(), { spec, adapter, rounds });
    for (let i = 0; i < processes; i++) {
      const args = [adapter, spec.server, redis.url];
      const worker = await Worker.start('servers/server.mjs', { args });
      const port = await worker.ask('port');
      const own = requests ?? (await worker.ask('requests'));
      const load = new Load(port, nextOf(spec, own, port), { sleeps: asksRedis });
      one.requests = own;
      one.#servers.push({ worker, load, steps: 0, served: 0 });
    }
    return one;
  }

  /** One step of each server that is not warm yet. @returns {Promise<boolean>} whether all are */
  async warmUp(redis) {
    const isCold = ({ steps, served }) =>
      steps < MOST_WARM_UP_STEPS && served < WARM_UP_REQUESTS[this.adapter];
    for (const server of this.#servers.filter(isCold)) {
      const { requests, commands } = await warmUpStep(server.load, redis);
      server.steps++;
      server.served += requests;
      this.commands = commands;
    }
    return !this.#servers.some(isCold);
  }

  /** @returns {Promise<number>} requests that one second of the processor serves */
  async sample() {
    const { worker, load } = this.#servers[this.samples.length % this.#servers.length];
    await load.connect();
    const before = await worker.ask('cpu');
    const { requests, seconds } = await load.run(SAMPLE_MS[this.adapter]);
    const used = (await worker.ask('cpu')) - before;
    this.perSecond.push(requests / seconds);
    return requests / (used / 1e6);
  }

  async close() {
    for (const { worker } of this.#servers) await worker.stop();
  }
}

/** The logins are so new that no session is due to be touched, so each command belongs to a request. */
async function warmUpStep(load, redis) {
  const before = await redis.commands();
  await load.connect();
  const { requests } = await load.run(WARM_UP_STEP_MS);
  const after = await redis.commands();
  /** @type {[string, number][]} Redis commands of one request */
  const commands = [...after]
    .map(([name, calls]) => [name, (calls - (before.get(name) ?? 0)) / requests])
    .filter(([, calls]) => calls > 0);
  return { requests, commands };
}

/** Each connection walks through all credentials, or goes on with what the last answer brought. */
function nextOf({ continues }, requests, port) {
  const encoded = requests.map((request) => encode(request, port));
  let turn = 0;
  if (!continues) return () => encoded[turn++ % encoded.length];
  return (connection, previousBody) =>
    previousBody === undefined
      ? encoded[connection]
      : encode(continues(requests[connection], previousBody), port);
}
