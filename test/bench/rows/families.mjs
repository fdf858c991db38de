import * as cachedTokens from './cached-tokens.mjs';
import * as http from './http.mjs';
import * as jwt from './jwt.mjs';
import * as redisBytes from './redis-bytes.mjs';
import * as revocationDelay from './revocation-delay.mjs';
import * as startUp from './start-up.mjs';
import * as storeSize from './store-size.mjs';

/**
 * Everything that is measured, in this order.
 * @type {{ ids: string[], measure(wants: (id: string) => boolean): Promise<object[]> }[]}
 */
export const FAMILIES = [jwt, http, storeSize, redisBytes, cachedTokens, revocationDelay, startUp];
