import { encode, Load } from './load.mjs';
import { BLOCK_REQUESTS, WARM_UP_REQUESTS } from './settings.mjs';
import { Worker } from './worker.mjs';

/**
 * Requests sent before each block and not counted: they refill the caches that other variants
 * displaced.
 */
const SETTLE_REQUESTS = 256;
const WARM_UP_STEPS = 4;
/**
 * The fraction of the CPU time of a block: a process that shares the core finds its caches
 * displaced.
 */
const MAX_WAIT_SHARE = 0.1;

/**
 * One variant of a process, as measured.
 * @typedef {object} Variant
 * @property {string} key
 * @property {string} server its name in `servers/variants.mjs`
 * @property {boolean} [asksRedis]
 * @property {import('./load.mjs').HttpRequest[]} [requests] default: those of the server
 * @property {(request: object, previousBody: string) => object} [continues] the next request of a
 * connection
 */

/** One process that serves several variants, each on a port of its own. */
export class SharedProcess {
  /** @type {Map<string, Load>} */
  #loads = new Map();
  #worker;
  #adapter;

  /**
   * @param {'express' | 'fastify'} adapter
   * @param {string[]} servers
   */
  static async start(adapter, redis, servers) {
    const one = new SharedProcess();
    one.#adapter = adapter;
    one.#worker = await Worker.start('servers/server.mjs', {
      args: [adapter, redis.url, ...new Set(servers)],
      // V8 would drop the code of a variant that waits for others.
      nodeOptions: ['--no-flush-bytecode'],
    });
    return one;
  }

  /**
   * @returns {Promise<import('./load.mjs').HttpRequest[]>} the requests of clients of the variant
   */
  requestsOf(server) {
    return this.#worker.ask('requests', server);
  }

  /** @param {Variant} variant */
  async open({ key, server, asksRedis = false, requests, continues }) {
    const port = await this.#worker.ask('port', server);
    const sent = requests ?? (await this.requestsOf(server));
    const load = new Load(port, nextOf(sent, port, continues), { sleeps: asksRedis });
    await load.connect();
    this.#loads.set(key, load);
  }

  /** In turns: a warm variant that waits for all the others is cold again. */
  async warmUp() {
    const requests = WARM_UP_REQUESTS[this.#adapter] / WARM_UP_STEPS;
    for (let step = 0; step < WARM_UP_STEPS; step++) {
      for (const load of this.#loads.values()) await load.runRequests(requests);
    }
  }

  /** One block without counting its CPU time. @returns {Promise<number>} requests sent */
  async serveBlock(key) {
    await this.#loads.get(key).runRequests(BLOCK_REQUESTS[this.#adapter]);
    return BLOCK_REQUESTS[this.#adapter];
  }

  /**
   * @returns {Promise<number | undefined>} microseconds of CPU of one request, over one block;
   * undefined if the block was disturbed: a request was answered 503, or other processes had the
   * core
   */
  async block(key) {
    const load = this.#loads.get(key);
    await load.runRequests(SETTLE_REQUESTS);
    const before = await this.#worker.ask('cpu');
    const served = await load.runRequests(BLOCK_REQUESTS[this.#adapter]);
    const after = await this.#worker.ask('cpu');
    const usedUs = after.usedUs - before.usedUs;
    const waitedUs = after.waitedUs - before.waitedUs;
    if (!served || waitedUs > usedUs * MAX_WAIT_SHARE) return undefined;
    return usedUs / BLOCK_REQUESTS[this.#adapter];
  }

  async stop() {
    for (const load of this.#loads.values()) load.close();
    await this.#worker.stop();
  }
}

/** Each connection uses all credentials in turn, or continues with those of the last answer. */
export function nextOf(requests, port, continues) {
  const encoded = requests.map((request) => encode(request, port));
  let turn = 0;
  if (!continues) return () => encoded[turn++ % encoded.length];
  return (connection, previousBody) =>
    previousBody === undefined
      ? encoded[connection]
      : encode(continues(requests[connection], previousBody), port);
}
