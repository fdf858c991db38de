import { AUTH } from './lists/auth.mjs';
import { CORE } from './lists/core.mjs';
import { CSRF } from './lists/csrf.mjs';
import { HTTP } from './lists/http.mjs';
import { JWT } from './lists/jwt.mjs';
import { OPERATION } from './lists/operation.mjs';
import { OPTIONS } from './lists/options.mjs';
import { RATE_LIMIT } from './lists/rate-limit.mjs';
import { REDIS_SCRIPTS } from './lists/redis-scripts.mjs';
import { REDIS } from './lists/redis.mjs';
import { REVOCATION } from './lists/revocation.mjs';
import { RULES } from './lists/rules.mjs';
import { SESSIONS } from './lists/sessions.mjs';
import { STORES } from './lists/stores.mjs';

/**
 * One decision of the package taken back, named by the effect that a user or an attacker would notice.
 * @typedef {object} Mutant
 * @property {string} title
 * @property {string} from code that occurs once in the file
 * @property {string} to
 * @property {string[]} specs the fewest spec files that have to notice it, as `specFiles` takes them
 * @property {boolean} [hangs] a test that ends by its timeout has noticed it
 */

/** @type {readonly Record<string, readonly Mutant[]>[]} */
const LISTS = [
  RULES,
  JWT,
  OPTIONS,
  CORE,
  CSRF,
  RATE_LIMIT,
  HTTP,
  AUTH,
  SESSIONS,
  REVOCATION,
  STORES,
  REDIS_SCRIPTS,
  REDIS,
  OPERATION,
];

/** @type {readonly (Mutant & { readonly file: string })[]} */
export const MUTANTS = LISTS.flatMap((list) =>
  Object.entries(list).flatMap(([file, mutants]) =>
    mutants.map((mutant) => Object.assign({ file }, mutant)),
  ),
);
