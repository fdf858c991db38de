import { type ConfigProblem, SessionConfigError } from '../core/session-config-error.js';
import {
  MemoryRules,
  problemsOf,
  RedisRules,
  RevocationRules,
  RootRules,
  SessionRules,
  TokenRules,
} from './option-rules.js';
import type { ResolvedOptions } from './resolved-options.js';
import { secretProblems } from './secret.js';
import type { SessionOptions } from './session-options.js';

/** The written options with where sessions are kept, whose types belong to folders further right. */
export type WrittenOptions = SessionOptions & { redis?: unknown; store?: unknown };

/**
 * Checks what the app wrote and completes it with the defaults.
 * @param production refuses what is only for development: sessions in memory that nobody asked for by name
 * @throws SessionConfigError with every problem at once
 */
export function resolveOptions(written: WrittenOptions, production: boolean): ResolvedOptions {
  if (!isObject(written)) {
    const message = 'must be an object; did the factory return nothing?';
    throw new SessionConfigError([{ path: 'options', message }]);
  }
  const wrong = [...shapeProblems(written), ...secretProblems(written.secret)];
  const problems = [...wrong, ...storeProblems(written, production)];
  if (!wrong.some(({ path }) => DURATION.test(path))) problems.push(...durationProblems(written));
  if (problems.length > 0) throw new SessionConfigError(problems);
  return withDefaults(written);
}

/** Durations can be compared once none of them is wrong or misspelt. */
const DURATION = /^(tokens|session)(\.\w+Seconds)?$/;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shapeProblems(written: WrittenOptions): ConfigProblem[] {
  const problems = [
    ...problemsOf('', RootRules, written),
    ...problemsOf('tokens', TokenRules, written.tokens),
    ...problemsOf('session', SessionRules, written.session),
    ...problemsOf('revocation', RevocationRules, written.revocation),
    ...problemsOf('memory', MemoryRules, written.memory),
    ...problemsOf('redis', RedisRules, written.redis),
  ];
  if (written.claimsFor !== undefined && typeof written.claimsFor !== 'function') {
    problems.push({
      path: 'claimsFor',
      message: 'must be a function (userId, session) => Promise of claims or null',
    });
  }
  return problems;
}

function storeProblems(written: WrittenOptions, production: boolean): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (written.redis && written.store) {
    problems.push({ path: 'store', message: 'stands beside redis; keep one of the two' });
  }
  if (isObject(written.redis) && Object.values(written.redis).filter(Boolean).length !== 1) {
    problems.push({
      path: 'redis',
      message:
        'needs exactly one of { url }, { client } and { options }; is an environment variable not set?',
    });
  }
  if (production && !written.redis && !written.store && !written.memory) {
    problems.push({
      path: 'redis',
      message:
        'is missing, and in production sessions in memory are lost at each restart; set redis: { url }, or accept that by naming memory: {}',
    });
  }
  return problems;
}

function durationProblems(written: WrittenOptions): ConfigProblem[] {
  const { tokens, session } = withDefaults(written);
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
      (written.session?.touchIntervalSeconds ?? 0) * 2000 > session.idleTimeoutMs,
      'session.touchIntervalSeconds',
      `must be at most half of session.idleTimeoutSeconds (${session.idleTimeoutMs / 1000}), or sessions in use expire`,
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, path, message]) => ({ path, message }));
}

function withDefaults(written: WrittenOptions): ResolvedOptions {
  const tokens = written.tokens ?? {};
  const session = written.session ?? {};
  const issuer = tokens.issuer ?? 'nestjs-session-kit';
  const absoluteSeconds = session.absoluteTimeoutSeconds ?? 2_592_000;
  const idleSeconds = session.idleTimeoutSeconds ?? Math.min(86_400, absoluteSeconds);
  return Object.freeze({
    keyPrefix: written.keyPrefix ?? 'sk:',
    tokens: Object.freeze({
      issuer,
      audience: tokens.audience ?? issuer,
      algorithm: tokens.algorithm ?? 'HS256',
      accessTtlMs: (tokens.accessTtlSeconds ?? 3600) * 1000,
      refreshTtlMs: (tokens.refreshTtlSeconds ?? Math.min(604_800, absoluteSeconds)) * 1000,
      reuseGraceMs: (tokens.reuseGraceSeconds ?? 30) * 1000,
      verifiedCacheSize: tokens.verifiedCacheSize ?? 10_000,
    }),
    session: Object.freeze({
      idleTimeoutMs: idleSeconds * 1000,
      absoluteTimeoutMs: absoluteSeconds * 1000,
      touchIntervalMs: (session.touchIntervalSeconds ?? Math.min(60, idleSeconds / 10)) * 1000,
      maxPerUser: session.maxPerUser ?? 100,
      onMaxReached: session.onMaxReached ?? 'evict-oldest',
    }),
    revocation: Object.freeze({ check: written.revocation?.check ?? 'store' }),
    memory: Object.freeze({ maxSessions: written.memory?.maxSessions ?? 50_000 }),
    claimsFor: written.claimsFor,
  });
}
