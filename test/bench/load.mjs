import { connect } from 'node:net';
import { once } from 'node:events';

const CONNECTIONS = 64;
/** A server that sends nothing for this time has failed. */
const SILENCE_MS = 20_000;

/**
 * @typedef {object} HttpRequest
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string} [body]
 */

/**
 * Keeps one request in flight on each of 64 connections. It speaks HTTP on bare sockets: an HTTP
 * client costs more than some of the servers, and the benchmark would measure the client.
 */
export class Load {
  /** The body of the last answer on each connection. */
  #bodies = [];

  /**
   * @param {number} port
   * @param {(connection: number, previousBody: string | undefined) => Buffer} next the request to
   * send
   * @param {{ sleeps: boolean }} options Waking a sleeping process costs the process that writes to
   * it as much as a third of an answer. A server as fast as the load never pays that and a slower
   * one does, so the load stays awake; for rows with Redis it has to sleep, because both share a
   * core.
   */
  constructor(port, next, { sleeps }) {
    this.port = port;
    this.next = next;
    this.sleeps = sleeps;
  }

  /** Servers close connections that are idle for seconds; connects again after a pause. */
  async connect() {
    this.lines = await Promise.all(
      Array.from({ length: CONNECTIONS }, async (_, connection) => {
        const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
        await once(socket, 'connect');
        return new Line(socket, (body) => this.next(connection, body), this.#bodies[connection]);
      }),
    );
  }

  /** @returns {Promise<{ requests: number, seconds: number }>} the answers in about this time */
  async runFor(milliseconds) {
    const until = performance.now() + milliseconds;
    const answered = await this.#run(() => performance.now() < until);
    if (this.#outages() > 0) throw new Error('the server answered 503');
    return answered;
  }

  /**
   * Sends this number of requests and waits for their answers.
   * @returns {Promise<boolean>} false if one of them was 503: the machine was so busy that Redis
   * timed out
   */
  async runRequests(count) {
    let left = count - this.lines.length;
    const before = this.#outages();
    await this.#run(() => left-- > 0);
    return this.#outages() === before;
  }

  close() {
    this.#bodies = this.lines.map(({ body }) => body);
    for (const { socket } of this.lines) socket.destroy();
  }

  #outages() {
    return this.lines.reduce((sum, { outages }) => sum + outages, 0);
  }

  /**
   * @param {() => boolean} wantsMore called on each answer: whether its connection sends another
   * request
   */
  async #run(wantsMore) {
    const started = performance.now();
    const fallAsleep = this.sleeps ? () => undefined : stayAwake();
    const counts = await Promise.all(this.lines.map((line) => line.run(wantsMore)));
    fallAsleep();
    const seconds = (performance.now() - started) / 1000;
    return { requests: counts.reduce((sum, count) => sum + count), seconds };
  }
}

/**
 * Keeps every turn of the event loop busy, so that the process never sleeps.
 * @returns {() => void} stops that
 */
function stayAwake() {
  let awake = true;
  const turn = () => {
    if (awake) setImmediate(turn);
  };
  turn();
  return () => {
    awake = false;
  };
}

/** One connection: sends a request, waits for the whole answer, sends the next. */
class Line {
  outages = 0;
  #received = '';
  #settle;

  constructor(socket, next, body) {
    this.socket = socket;
    this.next = next;
    this.body = body;
    socket.setTimeout(SILENCE_MS, () =>
      this.#settle?.reject(new Error('the server does not answer')),
    );
    socket.on('data', (chunk) => this.#receive(chunk.latin1Slice()));
    socket.on('close', () => this.#settle?.reject(new Error('the server closed a connection')));
    socket.on('error', (error) => this.#settle?.reject(error));
  }

  /** @returns {Promise<number>} the number of answers */
  run(wantsMore) {
    this.count = 0;
    this.wantsMore = wantsMore;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.socket.write(this.next(this.body));
    });
  }

  #receive(text) {
    const received = this.#received === '' ? text : this.#received + text;
    const body = bodyOf(received);
    if (body === undefined) {
      this.#received = received;
      return;
    }
    this.#received = '';
    const isOutage = received.startsWith('HTTP/1.1 503 ');
    if (isOutage) this.outages++;
    if (!isOutage && !/^HTTP\/1\.1 20[01] /.test(received)) {
      this.#settle.reject(new Error(`the server refused:\n${received}`));
      return;
    }
    if (!isOutage) this.body = body;
    this.count++;
    if (this.wantsMore()) this.socket.write(this.next(this.body));
    else this.#settle.resolve(this.count);
  }
}

/** Undefined while the answer is incomplete. */
function bodyOf(answer) {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer);
  if (!length) throw new Error(`an answer without Content-Length:\n${answer}`);
  const body = answer.slice(headEnd + 4);
  return body.length < Number(length[1]) ? undefined : body;
}

/**
 * @param {HttpRequest} request
 * @returns {Buffer}
 */
export function encode({ method, path, headers, body = '' }, port) {
  const all = {
    host: `127.0.0.1:${port}`,
    ...headers,
    ...(method !== 'GET' && { 'content-length': body.length }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`, 'latin1');
}
