import { ThrottlerStorageRedisService } from '@nest-lab/throttler-storage-redis';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import cookieParser from 'cookie-parser';
import { doubleCsrf } from 'csrf-csrf';
import { Redis } from 'ioredis';
import { SECRET } from '../settings.mjs';
import { cookieHeader } from './cookie-session-peers.mjs';

export async function csrfCsrf() {
  const { generateCsrfToken, doubleCsrfProtection } = doubleCsrf({
    getSecret: () => SECRET,
    getSessionIdentifier: (request) => request.cookies.session,
    cookieName: 'csrf',
    cookieOptions: { secure: false },
  });
  return {
    method: 'POST',
    before(app) {
      app.use(cookieParser());
      app.use('/token', (request, response) => response.json(generateCsrfToken(request, response)));
      app.use(doubleCsrfProtection);
    },
    requests: (_app, url, count) =>
      Promise.all(
        Array.from({ length: count }, async (_, number) => {
          const cookie = `session=session-${number}`;
          const answer = await fetch(`${url}/token`, { headers: { cookie } });
          const cookies = `${cookie}; ${cookieHeader(answer.headers)}`;
          return { headers: { cookie: cookies, 'x-csrf-token': await answer.json() } };
        }),
      ),
  };
}

export async function throttler({ redisUrl }) {
  const storage = new ThrottlerStorageRedisService(new Redis(redisUrl));
  const throttlers = [{ ttl: 60_000, limit: 1_000_000_000 }];
  return {
    imports: [ThrottlerModule.forRoot({ throttlers, storage })],
    guards: [ThrottlerGuard],
  };
}
