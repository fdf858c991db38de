import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pinned } from './machine.mjs';
import { HERE, MEASURED_CORE } from './settings.mjs';

/**
 * Removes differences between processes with the same code. Several threads of the garbage
 * collector on one core impede each other. V8 may find in the first second that objects allocated
 * at one place live long, and then allocates them in the old generation: everything they refer to
 * stays, and each request costs twice as much. A server that is idle while the others have their
 * turn returns memory, and the next second pays for that.
 */
const WITHOUT_LUCK = [
  '--single-threaded-gc',
  '--no-allocation-site-pretenuring',
  '--no-memory-reducer',
];

/** A process on the measured core that runs the handlers of its file, which ends with `serve`. */
export class Worker {
  #process;
  #waiting = new Map();
  #asked = 0;

  /**
   * @param {string} file in this folder
   * @param {{ args?: string[], nodeOptions?: string[] }} [options]
   */
  static async start(file, { args = [], nodeOptions = [] } = {}) {
    const worker = new Worker();
    const node = [process.execPath, ...WITHOUT_LUCK, ...nodeOptions, file, ...args];
    const [command, ...rest] = pinned(MEASURED_CORE, node);
    worker.#process = spawn(command, rest, {
      cwd: HERE,
      env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    worker.#process.on('message', (message) => worker.#settle(message));
    worker.#process.once('exit', (code) =>
      worker.#fail(new Error(`${node.join(' ')} ended: ${code}`)),
    );
    await worker.ask('ready');
    return worker;
  }

  /** @returns {Promise<any>} the result of the handler with this name */
  ask(name, input) {
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, name, input });
    });
  }

  async stop() {
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }

  #settle({ id, value, error }) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  }

  #fail(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
