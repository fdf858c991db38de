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
const WARM_UP_REQUESTS = { express: 15_000, fastify: 80_000 };
/** For those that are slow anyway. */
const LONGEST_WARM_UP_MS = 3000;

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
      const server = {
        worker,
        load: new Load(port, nextOf(spec, own, port), { sleeps: asksRedis }),
      };
      one.commands = await warmUp(server, redis, WARM_UP_REQUESTS[adapter]);
      one.requests = own;
      one.#servers.push(server);
    }
    return one;
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

/**
 * The logins are so new that no session is due to be touched, so each command belongs to a request.
 * @returns {Promise<[string, number][]>} Redis commands of one request
 */
async function warmUp({ load }, redis, wanted) {
  const started = performance.now();
  let total = 0;
  let commands = [];
  while (total < wanted && performance.now() - started < LONGEST_WARM_UP_MS) {
    const before = await redis.commands();
    await load.connect();
    const { requests } = await load.run(WARM_UP_STEP_MS);
    const after = await redis.commands();
    commands = [...after]
      .map(([name, calls]) => [name, (calls - (before.get(name) ?? 0)) / requests])
      .filter(([, calls]) => calls > 0);
    total += requests;
  }
  return commands;
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
