import { type ConfigProblem, SessionConfigError } from '../core/session-config-error.js';
import type { RateLimitCounter } from './rate-limit-counter.js';
import type { RevocationLog } from './revocation-log.js';
import type { SessionStore } from './session-store.js';
import type { StoreBackend } from './store-backend.js';

const STORE_METHODS = [
  'create',
  'read',
  'locate',
  'replace',
  'move',
  'touch',
  'delete',
  'deleteByUser',
  'deleteBeforeEpoch',
  'epoch',
  'raiseEpoch',
  'list',
  'sweep',
  'ping',
] as const satisfies readonly (keyof SessionStore)[];

const LOG_METHODS = ['publish', 'subscribe'] as const satisfies readonly (keyof RevocationLog)[];

const COUNTER_METHODS = ['count'] as const satisfies readonly (keyof RateLimitCounter)[];

/**
 * Returns the ports of a store or backend.
 * @throws SessionConfigError for a port that lacks methods because it was written for an older version or in JavaScript
 */
export function portsOf(given: SessionStore | StoreBackend): StoreBackend {
  const { store, revocationLog, rateLimitCounter, diagnostics } = isBackend(given)
    ? given
    : ({ store: given } as StoreBackend);
  const problems = missingMethods('store', 'SessionStore', store, STORE_METHODS);
  if (revocationLog) {
    const path = 'store.revocationLog';
    problems.push(...missingMethods(path, 'RevocationLog', revocationLog, LOG_METHODS));
  }
  if (rateLimitCounter) {
    const path = 'store.rateLimitCounter';
    problems.push(...missingMethods(path, 'RateLimitCounter', rateLimitCounter, COUNTER_METHODS));
  }
  if (problems.length > 0) throw new SessionConfigError(problems);
  return { store, revocationLog, rateLimitCounter, diagnostics };
}

/** A store that wraps another one may keep it in a property of this name. */
function isBackend(given: SessionStore | StoreBackend): given is StoreBackend {
  return typeof given === 'object' && 'store' in given && !('read' in given);
}

function missingMethods(
  path: string,
  port: string,
  given: unknown,
  names: readonly string[],
): ConfigProblem[] {
  const methods = Object(given) as Record<string, unknown>;
  const missing = names.filter((name) => typeof methods[name] !== 'function');
  if (missing.length === 0) return [];
  const message = `lacks ${missing.join(', ')}; extend ${port}, which declares all required methods`;
  return [{ path, message }];
}
