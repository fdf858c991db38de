import { join, resolve } from 'node:path';

export const HERE = import.meta.dirname;
export const ROOT = resolve(HERE, '../..');
export const RESULTS = join(HERE, 'results');

/** How the token guard asks whether a session was ended: `revocation.check` of the kit. */
export const REVOCATION_CHECK = 'feed';

/** What is measured has a core for itself; load, Redis and this process share another. */
export const MEASURED_CORE = 0;
export const OTHER_CORE = 1;

export const SECRET = 'k9Jx0uV1mYb3Qe7TzR5wLpA2sD4fG6hH8jK0lZxCvBn';

export const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** The session that each package is given to keep. */
export function sessionOf(number) {
  return {
    userId: `user-${number}`,
    claims: { email: `user-${number}@example.com`, role: 'user' },
    device: { ip: '203.0.113.7', userAgent: USER_AGENT },
  };
}
