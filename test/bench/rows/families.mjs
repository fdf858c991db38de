import * as cachedTokens from './cached-tokens.mjs';
import * as judged from './judged.mjs';
import * as jwt from './jwt.mjs';
import * as npmStart from './npm-start.mjs';
import * as peers from './peers.mjs';
import * as redisBytes from './redis-bytes.mjs';
import * as revocationDelay from './revocation-delay.mjs';
import * as startUp from './start-up.mjs';
import * as storeSize from './store-size.mjs';

/** @typedef {{ ids: string[], measure(wants: (id: string) => boolean): Promise<object[]> }} Family */

/**
 * The rows of `npm run bench`, in this order.
 * @type {Family[]}
 */
export const JUDGED = [judged, startUp, npmStart];

/**
 * The additional rows of `npm run bench:full`: tables with peers, growth, memory.
 * @type {Family[]}
 */
export const TABLES = [jwt, peers, storeSize, redisBytes, cachedTokens, revocationDelay];
