import {
  CsrfGuard,
  Exchange,
  Public,
  RateLimitGuard,
  SessionGuard,
  SessionModule,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { REVOCATION_CHECK, SECRET, sessionOf, USER_AGENT, USERS } from '../settings.mjs';

const SLOWED_BY_MS = 0.001;

function sessions({ redisUrl }, options = {}) {
  return SessionModule.forRoot({
    secret: SECRET,
    redis: { url: redisUrl },
    revocation: { check: REVOCATION_CHECK },
    rateLimit: false,
    routes: { path: 'auth' },
    // No touch is written during a measurement.
    session: { touchIntervalSeconds: 3600 },
    ...options,
  });
}

export async function token(context) {
  return {
    imports: [sessions(context)],
    guards: [SessionGuard],
    requests: (app, _url, count) =>
      opened(app, 'bearer', count, async ({ session }) => {
        const { accessToken } = await app.get(TokenService).issue(session);
        return { headers: { authorization: `Bearer ${accessToken}` } };
      }),
  };
}

/** A copy of the token guard that the benchmark has to distinguish from the guard itself. */
export async function slowedToken(context) {
  class SlowedSessionGuard extends SessionGuard {
    canActivate(execution) {
      const until = performance.now() + SLOWED_BY_MS;
      while (performance.now() < until);
      return super.canActivate(execution);
    }
  }
  return { ...(await token(context)), guards: [SlowedSessionGuard] };
}

export async function cookie(context) {
  return {
    imports: [sessions(context)],
    guards: [SessionGuard],
    requests: (app, _url, count) =>
      opened(app, 'cookie', count, async ({ secret }) => ({ headers: cookieOf(secret) })),
  };
}

/**
 * The session cache does not exist yet: until then, this is the guard that reads, and the row
 * misses its targets.
 */
export const cookieCached = cookie;

/** On a public route, where the guard reads no session: the cost of the CSRF check only. */
export async function csrf(context) {
  return {
    imports: [sessions(context)],
    guards: [CsrfGuard],
    decorators: [Public()],
    method: 'POST',
    requests: (app, url, count) =>
      opened(app, 'cookie', count, async ({ secret }) => {
        const headers = cookieOf(secret);
        const answer = await fetch(`${url}/auth/csrf-token`, { headers });
        const { csrfToken } = await answer.json();
        const browser = { origin: url, 'sec-fetch-site': 'same-origin' };
        return { headers: { ...headers, ...browser, 'x-csrf-token': csrfToken } };
      }),
  };
}

/** On a public route, counted by address. */
export async function rateLimit(context) {
  return {
    imports: [sessions(context, { rateLimit: { limit: 1_000_000_000, windowSeconds: 60 } })],
    guards: [RateLimitGuard],
    decorators: [Public()],
  };
}

export async function login(context) {
  let logins = 0;
  const variant = {
    imports: [sessions(context)],
    method: 'POST',
    decorators: [Public()],
    parameter: Exchange(),
    async handle(http) {
      const { userId, claims } = sessionOf(logins++ % USERS);
      const input = { userId, claims, transport: 'bearer' };
      return (await variant.service.login(http, input)).tokens;
    },
    before(app) {
      variant.service = app.get(SessionService);
    },
    requests: async () => [{ headers: { 'user-agent': USER_AGENT } }],
  };
  return variant;
}

/** The refresh route of the package; each answer contains the token of the next request. */
export async function refresh(context) {
  return {
    imports: [sessions(context)],
    requests: (app, _url, count) =>
      opened(app, 'bearer', count, async ({ session }) => {
        const { refreshToken } = await app.get(TokenService).issue(session);
        return {
          method: 'POST',
          path: '/auth/refresh',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ refreshToken }),
        };
      }),
  };
}

function opened(app, transport, count, requestOf) {
  const open = async (_, number) =>
    requestOf(await app.get(SessionService).create({ ...sessionOf(number), transport }));
  return Promise.all(Array.from({ length: count }, open));
}

function cookieOf(secret) {
  return { cookie: `__Host-session=${secret}` };
}
