import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import { Body, UnauthorizedException } from '@nestjs/common';
import { betterAuth as createBetterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { fromNodeHeaders } from 'better-auth/node';
import { RedisStore } from 'connect-redis';
import session from 'express-session';
import { Redis } from 'ioredis';
import { getIronSession } from 'iron-session';
import { createClient } from 'redis';
import { SECRET, sessionOf } from '../settings.mjs';

const IDLE_MS = 86_400_000;
const LOGIN = '/login';
const PASSWORD = 'analytical-engine';

export async function expressSession({ redisUrl }) {
  const store = await redisStore(redisUrl);
  return {
    guards: [hasUser],
    before(app) {
      const cookie = { maxAge: IDLE_MS };
      app.use(session({ store, secret: SECRET, resave: false, saveUninitialized: false, cookie }));
      onExpress(app, (request, response) => {
        request.session.user = nextSession();
        response.end();
      });
    },
    requests: cookiesOf(LOGIN),
  };
}

export async function fastifySessions({ redisUrl }) {
  const store = await redisStore(redisUrl);
  return {
    guards: [hasUser],
    async before(app) {
      const cookie = { secure: false, maxAge: IDLE_MS };
      await app.register(fastifyCookie);
      await app.register(fastifySession, {
        secret: SECRET,
        store,
        saveUninitialized: false,
        cookie,
      });
      app
        .getHttpAdapter()
        .getInstance()
        .get(LOGIN, (request, reply) => {
          request.session.user = nextSession();
          reply.send('');
        });
    },
    requests: cookiesOf(LOGIN),
  };
}

/** No store: the cookie carries the session, sealed. */
export async function ironSession() {
  const options = { password: SECRET, cookieName: 'session', cookieOptions: { secure: false } };
  return {
    guards: [
      {
        async canActivate(context) {
          const http = context.switchToHttp();
          const opened = await getIronSession(http.getRequest(), http.getResponse(), options);
          if (!opened.user) throw new UnauthorizedException();
          return true;
        },
      },
    ],
    before(app) {
      onExpress(app, async (request, response) => {
        const opened = await getIronSession(request, response, options);
        opened.user = nextSession();
        await opened.save();
        response.end();
      });
    },
    requests: cookiesOf(LOGIN),
  };
}

/** Sessions in Redis, as its secondary storage. */
export async function betterAuth({ redisUrl }, session = {}) {
  const auth = betterAuthWith(redisUrl, session);
  return {
    guards: [
      {
        async canActivate(context) {
          const request = context.switchToHttp().getRequest();
          const headers = fromNodeHeaders(request.headers);
          request.user = (await auth.api.getSession({ headers }))?.user;
          if (!request.user) throw new UnauthorizedException();
          return true;
        },
      },
    ],
    requests: (_app, _url, count) =>
      Promise.all(
        Array.from({ length: count }, async (_, number) => {
          const { headers } = await signUp(auth, number);
          return { headers: { cookie: cookieHeader(headers) } };
        }),
      ),
  };
}

/** Each request renews its session: it has no refresh tokens. */
export async function betterAuthRefresh(context) {
  return { ...(await betterAuth(context, { updateAge: 0 })), method: 'POST' };
}

/** Without hashing the password, which the package leaves to the application. */
export async function betterAuthLogin({ redisUrl }) {
  const auth = betterAuthWith(redisUrl);
  return {
    method: 'POST',
    parameter: Body(),
    handle: (body) => auth.api.signInEmail({ body }),
    requests: (_app, _url, count) =>
      Promise.all(
        Array.from({ length: count }, async (_, number) => {
          await signUp(auth, number);
          const body = JSON.stringify({
            email: sessionOf(number).claims.email,
            password: PASSWORD,
          });
          return { headers: { 'content-type': 'application/json' }, body };
        }),
      ),
  };
}

function betterAuthWith(redisUrl, session = {}) {
  const redis = new Redis(redisUrl);
  return createBetterAuth({
    baseURL: 'http://127.0.0.1',
    secret: SECRET,
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    session,
    emailAndPassword: {
      enabled: true,
      password: { hash: async (text) => text, verify: async () => true },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { level: 'error' },
    secondaryStorage: {
      get: (key) => redis.get(`better-auth:${key}`),
      set: (key, value, ttl = IDLE_MS / 1000) =>
        redis.set(`better-auth:${key}`, value, 'EX', Math.ceil(ttl)),
      delete: async (key) => void (await redis.del(`better-auth:${key}`)),
    },
  });
}

function signUp(auth, number) {
  const { email } = sessionOf(number).claims;
  return auth.api.signUpEmail({
    body: { email, password: PASSWORD, name: email },
    returnHeaders: true,
  });
}

const hasUser = {
  canActivate(context) {
    if (!context.switchToHttp().getRequest().session.user) throw new UnauthorizedException();
    return true;
  },
};

async function redisStore(url) {
  const client = createClient({ url });
  await client.connect();
  return new RedisStore({ client });
}

let logins = 0;
function nextSession() {
  return sessionOf(logins++);
}

function onExpress(app, handler) {
  app.use(LOGIN, (request, response, next) =>
    Promise.resolve(handler(request, response)).catch(next),
  );
}

/** Logs in over HTTP, once for each credential. */
export function cookiesOf(path) {
  return (_app, url, count) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const { headers } = await fetch(url + path);
        return { headers: { cookie: cookieHeader(headers) } };
      }),
    );
}

export function cookieHeader(headers) {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.slice(0, cookie.indexOf(';')))
    .join('; ');
}
