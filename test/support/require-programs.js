import { requireChromium } from './require-chromium.js';
import { requireCurl } from './require-curl.js';
import { requireRedis } from './require-redis.js';

/** Runs once before all tests: the programs they start beside Node. */
export default function requirePrograms() {
  requireRedis();
  requireChromium();
  requireCurl();
}
