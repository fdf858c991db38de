import { SessionConfigError } from '../../../core/session-config-error.js';
import type { RedisClientOptions } from './redis-client.js';

const CLIENT_METHODS = [
  'get',
  'mget',
  'time',
  'info',
  'scan',
  'defineCommand',
  'pipeline',
  'duplicate',
];

/** @throws SessionConfigError for an object that is not an ioredis client */
export function rejectForeign(client: object): void {
  const written = client as Record<string, unknown>;
  const { options } = written;
  const isClient =
    CLIENT_METHODS.every((name) => typeof written[name] === 'function') &&
    typeof options === 'object' &&
    options !== null;
  if (isClient) return;
  const message =
    typeof written['then'] === 'function'
      ? 'is a Promise; await it in the factory of forRootAsync'
      : 'must be a Redis or Cluster client of ioredis';
  throw new SessionConfigError([{ path: 'redis.client', message }]);
}

/** @throws SessionConfigError for client options that would change the commands or answers of the package */
export function rejectUnusable({ keyPrefix, scaleReads, stringNumbers }: RedisClientOptions): void {
  const problems: [found: boolean, message: string][] = [
    // ioredis puts its prefix before keys but not into script arguments, and Cluster scans would miss it.
    [
      Boolean(keyPrefix),
      'the client has its own keyPrefix; remove it and set keyPrefix of SessionModule instead',
    ],
    // A replica lags: it may miss a recent login, and still return a session that has ended.
    [
      scaleReads !== undefined && scaleReads !== 'master',
      "the client reads from replicas; leave scaleReads at 'master', or create a separate client for the sessions",
    ],
    [
      Boolean(stringNumbers),
      'the client has stringNumbers, so no answer of a script is a number; omit it, or create a separate client for the sessions',
    ],
  ];
  const [, message] = problems.find(([found]) => found) ?? [];
  if (message) throw new SessionConfigError([{ path: 'redis', message }]);
}
