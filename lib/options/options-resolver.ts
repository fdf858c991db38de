import { type ConfigProblem, SessionConfigError } from '../core/session-config-error.js';
import { cookieProblems } from './cookie-options.js';
import { sessionSettings, tokenSettings, withDefaults } from './defaults.js';
import { OPTION_RULES, ROUTE_RULES, STATIC_RULES } from './option-rules.js';
import type { ResolvedOptions } from './resolved-options.js';
import { readSigningKeys } from './signing-keys.js';
import { secretProblems } from './secret/secret.js';
import type { WrittenOptions } from './session-options.js';
import { problemsOf } from './validation/rule-group.js';

/**
 * Validates the options of the application and completes them with the defaults.
 * @param production refuses options for development only, such as a memory store that was not requested explicitly
 * @throws SessionConfigError with every problem at once
 */
export function resolveOptions(written: WrittenOptions, production: boolean): ResolvedOptions {
  if (!isObject(written)) {
    const message = 'must be an object; check the value that the factory returns';
    throw new SessionConfigError([{ path: 'options', message }]);
  }
  const wrong = [
    ...shapeProblems(written),
    ...secretProblems(written.secret, Boolean(written.tokens?.keys)),
  ];
  const problems = [...wrong, ...storeProblems(written, production)];
  if (!wrong.some(({ path }) => DURATION.test(path))) problems.push(...durationProblems(written));
  if (!wrong.some(({ path }) => path.startsWith('cookie'))) {
    problems.push(...cookieProblems(written.cookie ?? {}, production));
  }
  if (problems.length > 0) throw new SessionConfigError(problems);
  return withDefaults(written);
}

/**
 * Completes options for a backend without a revocation log: access tokens are then checked with the store.
 * @throws SessionConfigError if the application asks for `feed`
 */
export function withoutRevocationLog(
  options: ResolvedOptions,
  written: WrittenOptions,
): ResolvedOptions {
  if (written.revocation?.check === 'feed') {
    const message =
      "'feed' needs a revocation log, which the store does not have; give the backend a revocationLog, or choose 'store' or 'none'";
    throw new SessionConfigError([{ path: 'revocation.check', message }]);
  }
  const check = written.revocation?.check ?? 'store';
  return Object.freeze({ ...options, revocation: Object.freeze({ ...options.revocation, check }) });
}

/**
 * Validates the static options, which are given next to the options or to the factory that returns them.
 * @throws SessionConfigError with every problem at once
 */
export function checkExtras(extras: Readonly<Record<string, unknown>>): void {
  const problems = problemsOf('', STATIC_RULES, extras);
  const { routes } = extras;
  if (isObject(routes)) problems.push(...problemsOf('routes', ROUTE_RULES, routes));
  if (problems.length > 0) throw new SessionConfigError(problems);
}

/** Durations are compared only if none of them is invalid or misspelt. */
const DURATION = /^(tokens|session(\.persistent)?)(\.\w+Seconds)?$/;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shapeProblems(written: WrittenOptions): ConfigProblem[] {
  const problems = [
    ...Object.entries(OPTION_RULES).flatMap(([path, group]) =>
      problemsOf(path, group, groupAt(path, written)),
    ),
    ...readSigningKeys(written.tokens?.keys).problems,
  ];
  if (written.claimsFor && typeof written.claimsFor !== 'function') {
    problems.push({
      path: 'claimsFor',
      message: 'must be a function (userId, session) => Promise of claims or null',
    });
  }
  return problems;
}

/** Returns undefined for a group that is absent or turned off. */
function groupAt(path: string, written: WrittenOptions): unknown {
  if (path === '') return written;
  if (path === 'rateLimit' && written.rateLimit === false) return undefined;
  return path
    .split('.')
    .reduce<unknown>(
      (group, name) => (isObject(group) ? Reflect.get(group, name) : undefined),
      written,
    );
}

function storeProblems(written: WrittenOptions, production: boolean): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (written.cleanup?.cron !== undefined && written.cleanup.everySeconds !== undefined) {
    problems.push({
      path: 'cleanup.cron',
      message: 'cannot be combined with cleanup.everySeconds',
    });
  }
  if (written.redis && written.store) {
    problems.push({ path: 'store', message: 'cannot be combined with redis' });
  }
  if (isObject(written.redis) && Object.values(written.redis).filter(Boolean).length !== 1) {
    problems.push({
      path: 'redis',
      message:
        'must have exactly one of url, client and options; check that the environment variable is set',
    });
  }
  if (production && !written.redis && !written.store && !written.memory) {
    problems.push({
      path: 'redis',
      message:
        'is required in production, because sessions in memory are lost at each restart; set redis: { url }, or set memory: {} to accept that',
    });
  }
  return problems;
}

function durationProblems(written: WrittenOptions): ConfigProblem[] {
  const tokens = tokenSettings(written);
  const session = sessionSettings(written);
  const absolute = `session.absoluteTimeoutSeconds (${session.absoluteTimeoutMs / 1000})`;
  const rules: [broken: boolean, path: string, message: string][] = [
    [
      tokens.refreshTtlMs <= tokens.accessTtlMs,
      'tokens.refreshTtlSeconds',
      `is ${tokens.refreshTtlMs / 1000} and must be longer than tokens.accessTtlSeconds (${tokens.accessTtlMs / 1000})`,
    ],
    [
      tokens.refreshTtlMs > session.absoluteTimeoutMs,
      'tokens.refreshTtlSeconds',
      `is ${tokens.refreshTtlMs / 1000} and must not be longer than ${absolute}`,
    ],
    [
      session.idleTimeoutMs > session.absoluteTimeoutMs,
      'session.idleTimeoutSeconds',
      `is ${session.idleTimeoutMs / 1000} and must not be longer than ${absolute}`,
    ],
    [
      session.persistent.idleTimeoutMs > session.persistent.absoluteTimeoutMs,
      'session.persistent.idleTimeoutSeconds',
      `is ${session.persistent.idleTimeoutMs / 1000} and must not be longer than session.persistent.absoluteTimeoutSeconds (${session.persistent.absoluteTimeoutMs / 1000})`,
    ],
    [
      (written.session?.touchIntervalSeconds ?? 0) * 2000 > session.idleTimeoutMs,
      'session.touchIntervalSeconds',
      `must be at most half of session.idleTimeoutSeconds (${session.idleTimeoutMs / 1000}), or sessions in use expire`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, path, message]) => ({ path, message }));
}
