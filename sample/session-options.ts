import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { SessionModuleOptions } from 'nestjs-session-kit';

/** The session options of this application, from its environment. */
export function sessionOptions(env: NodeJS.ProcessEnv): SessionModuleOptions {
  return {
    secret: env['SESSION_SECRET'] ?? randomSecret(),
    // Applies to every route; change it with RATE_LIMIT for experiments.
    rateLimit: { limit: Number(env['RATE_LIMIT'] ?? 100), windowSeconds: 900 },
    ...redisFrom(env),
  };
}

function redisFrom(env: NodeJS.ProcessEnv): Pick<SessionModuleOptions, 'redis'> {
  const { REDIS_URL: url, REDIS_CLUSTER: cluster } = env;
  if (cluster) {
    const nodes = cluster.split(',').map((address) => {
      const [host, port] = address.split(':');
      return { host: host ?? '127.0.0.1', port: Number(port) };
    });
    return { redis: { options: { nodes } } };
  }
  return url ? { redis: { url } } : {};
}

function randomSecret(): Buffer {
  new Logger('Sample').warn(
    'SESSION_SECRET is not set: using a random one, so tokens end with this process',
  );
  return randomBytes(32);
}
