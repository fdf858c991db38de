import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Another process that revokes while the event loop of this thread is blocked. */
export interface Publisher {
  /**
   * Blocks this thread. The revocation is published in the middle of that time, and acknowledged
   * before its end.
   */
  publishWhileBlockedFor(milliseconds: number): void;
}

const CODE = `
const { Redis } = require('ioredis');
const { parentPort, workerData } = require('node:worker_threads');
const { url, key, handle, shared } = workerData;
const state = new Int32Array(shared);
const client = new Redis(url);
client.ping().then(() => {
  parentPort.postMessage('ready');
  Atomics.wait(state, 0, 0);
  setTimeout(async () => {
    await client.xadd(key, '*', 'session', handle);
    client.disconnect();
    Atomics.store(state, 1, 1);
    Atomics.notify(state, 1);
  }, Atomics.load(state, 0) / 2);
});
`;

/** @param key of the stream @param handle of the session that ends */
export async function startPublisher(url: string, key: string, handle: string): Promise<Publisher> {
  const shared = new SharedArrayBuffer(8);
  const state = new Int32Array(shared);
  const worker = new Worker(CODE, { eval: true, workerData: { url, key, handle, shared } });
  await once(worker, 'message');
  return {
    publishWhileBlockedFor(milliseconds) {
      const endsAt = performance.now() + milliseconds;
      Atomics.store(state, 0, milliseconds);
      Atomics.notify(state, 0);
      Atomics.wait(state, 1, 0);
      while (performance.now() < endsAt);
    },
  };
}
