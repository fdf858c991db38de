import type { ConfigProblem } from '../core/session-config-error.js';
import type { ResolvedOptions } from './resolved-options.js';
import type { SessionOptions } from './session-options.js';

type WrittenCookie = NonNullable<SessionOptions['cookie']>;

/** Browsers restrict a cookie with this prefix to one host: Secure, Path=/, no Domain (RFC 6265bis section 4.1.3.2). */
const HOST_PREFIX = '__Host-';
/** Requires only Secure. */
const SECURE_PREFIX = '__Secure-';
const DEFAULT_NAME = `${HOST_PREFIX}session`;
/** Name, or suffix to `cookie.name`, of the cookie that binds CSRF tokens before login. */
const CSRF_NAME = 'csrf';
/** Name, or suffix to `cookie.name`, of the cookies of `TransientState`. */
const STATE_NAME = 'state';

/** Returns the problems of options that are valid individually but contradict each other. */
export function cookieProblems(written: WrittenCookie, production: boolean): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const name = written.name ?? DEFAULT_NAME;
  const widened = (['domain', 'path'] as const).filter(
    (option) => written[option] !== undefined && written[option] !== '/',
  );
  if (name.startsWith(HOST_PREFIX)) {
    for (const option of widened) {
      const message = `cannot be combined with the prefix __Host- of cookie.name; omit it, or set cookie.name to '${SECURE_PREFIX}${bareName(name)}'`;
      problems.push({ path: `cookie.${option}`, message });
    }
  }
  if (written.secure === false && production) {
    problems.push({
      path: 'cookie.secure',
      message: 'cannot be false in production: cookies would be sent unencrypted',
    });
  }
  if (written.secure === false && written.sameSite === 'none') {
    problems.push({
      path: 'cookie.sameSite',
      message: "'none' requires cookie.secure; browsers reject the cookie otherwise",
    });
  }
  if (written.secure === false && written.partitioned) {
    problems.push({
      path: 'cookie.partitioned',
      message: 'requires cookie.secure; browsers reject the cookie otherwise',
    });
  }
  return problems;
}

/**
 * Returns names and attributes of all cookies. Removes the prefixes without Secure, because browsers then refuse them.
 */
export function cookieSettings(written: WrittenCookie): ResolvedOptions['cookie'] {
  const secure = written.secure ?? true;
  const full = written.name ?? DEFAULT_NAME;
  const bare = bareName(full);
  const prefix = secure ? full.slice(0, full.length - bare.length) : '';
  return Object.freeze({
    sessionName: `${prefix}${bare}`,
    accessName: `${prefix}${bare}-access`,
    // Its path is narrower than /, which __Host- excludes.
    refreshName: `${secure ? SECURE_PREFIX : ''}${bare}-refresh`,
    csrfName: `${prefix}${written.name === undefined ? CSRF_NAME : `${bare}-${CSRF_NAME}`}`,
    // Host-only whatever the name of the session cookie: a subdomain must not plant the state of a login.
    stateName: `${secure ? HOST_PREFIX : ''}${written.name === undefined ? STATE_NAME : `${bare}-${STATE_NAME}`}`,
    sameSite: written.sameSite ?? 'lax',
    secure,
    domain: written.domain,
    path: written.path ?? '/',
    refreshPath: written.refreshPath,
    partitioned: written.partitioned ?? false,
  });
}

function bareName(name: string): string {
  return name.slice(name.startsWith(HOST_PREFIX) ? HOST_PREFIX.length : SECURE_PREFIX.length);
}
