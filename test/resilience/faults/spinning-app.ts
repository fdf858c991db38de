import { startBusyApp } from '../../support/busy-app.js';
import type { Adapter } from '../../support/test-app.js';
import { SpinningController } from './spinning.controller.js';

/** A node in a process of its own, whose event loop a request can block. It prints its address. */
const { ADAPTER, REDIS_URL } = process.env;
const redis = { url: REDIS_URL! };
const { url } = await startBusyApp(ADAPTER as Adapter, redis, [SpinningController]);
process.stdout.write(`${url}\n`);
