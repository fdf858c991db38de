import { countCommands } from '../commands.mjs';
import { Load } from '../load.mjs';
import { WARM_UP_REQUESTS } from '../settings.mjs';
import { nextOf } from '../shared-process.mjs';
import { Worker } from '../worker.mjs';

/**
 * On Express the garbage of a request outlives it (because of `setPrototypeOf` on each request),
 * until a major collection once or twice a second: a sample has to include some of them.
 */
const SAMPLE_MS = { express: 1200, fastify: 400 };
const WARM_UP_STEP_MS = 400;
/** For slow cases. */
const MAX_WARM_UP_STEPS = 5;

/** One package under load, in one process or in several that take turns. */
export class PeerCase {
  samples = [];
  perSecond = [];
  #servers = [];

  /** @param {import('../load.mjs').HttpRequest[]} [requests] default: those of the server */
  static async open(spec, { adapter, redis, asksRedis, processes, rounds, requests }) {
    const one = Object.assign(new PeerCase(), { spec, adapter, rounds });
    for (let i = 0; i < processes; i++) {
      const args = [adapter, redis.url, spec.server];
      const worker = await Worker.start('servers/server.mjs', { args });
      const port = await worker.ask('port', spec.server);
      const own = requests ?? (await worker.ask('requests', spec.server));
      const load = new Load(port, nextOf(own, port, spec.continues), { sleeps: asksRedis });
      one.requests = own;
      one.#servers.push({ worker, load, steps: 0, served: 0 });
    }
    return one;
  }

  /**
   * One step of each server that is not warm yet. @returns {Promise<boolean>} whether all are warm
   */
  async warmUp(redis) {
    const isCold = ({ steps, served }) =>
      steps < MAX_WARM_UP_STEPS && served < WARM_UP_REQUESTS[this.adapter];
    for (const server of this.#servers.filter(isCold)) {
      const { requests, commands } = await warmUpStep(server.load, redis);
      server.steps++;
      server.served += requests;
      this.commands = commands;
    }
    return !this.#servers.some(isCold);
  }

  /** @returns {Promise<number>} requests per CPU second */
  async sample() {
    const { worker, load } = this.#servers[this.samples.length % this.#servers.length];
    await load.connect();
    const before = (await worker.ask('cpu')).usedUs;
    const { requests, seconds } = await load.runFor(SAMPLE_MS[this.adapter]);
    const used = (await worker.ask('cpu')).usedUs - before;
    load.close();
    this.perSecond.push(requests / seconds);
    return requests / (used / 1e6);
  }

  async close() {
    for (const { worker } of this.#servers) await worker.stop();
  }
}

function warmUpStep(load, redis) {
  return countCommands(redis, async () => {
    await load.connect();
    const { requests } = await load.runFor(WARM_UP_STEP_MS);
    load.close();
    return requests;
  });
}
