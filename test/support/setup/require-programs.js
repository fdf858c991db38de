import { requireChromium } from './require-chromium.js';
import { requireCurl } from './require-curl.js';
import { requireRedis } from './require-redis.js';

/** Runs once before all tests: checks the programs that they start besides Node. */
export default function requirePrograms() {
  requireRedis();
  requireChromium();
  requireCurl();
}
