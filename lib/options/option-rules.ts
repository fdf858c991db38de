import type { HmacAlgorithm } from './key-options.js';
import type { SessionModuleExtras } from './module-extras.js';
import type { WrittenOptions } from './session-options.js';
import { type RuleGroup, ruleGroup } from './validation/rule-group.js';
import {
  checkedElsewhere,
  group,
  listOf,
  matching,
  oneOf,
  shortText,
  text,
  trueOrFalse,
  wholeNumber,
} from './validation/rules.js';

const TEN_YEARS_SECONDS = 315_360_000;
const THIRTY_DAYS_SECONDS = 2_592_000;

const COOKIE_PATH = /^\/[\w\-./~%!$&'()*+,=:@]*$/;
const COOKIE_PATH_MESSAGE = "must begin with '/' and contain no spaces or semicolons";
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#\\@*\s]+$/i;

/** The options of a group by its name. */
type Group<Name extends keyof WrittenOptions> = Exclude<NonNullable<WrittenOptions[Name]>, false>;

/** The rules of the static options, which are given next to `useFactory`: Nest needs them before a factory runs. */
export const STATIC_RULES = ruleGroup<SessionModuleExtras>({
  isGlobal: trueOrFalse(),
  routes: group("must be an object such as { path: 'auth' }; omit it to mount no routes"),
  globalGuards: trueOrFalse(),
});

export const ROUTE_RULES = ruleGroup<NonNullable<SessionModuleExtras['routes']>>({
  path: text("must be a string such as 'auth'"),
});

export const RATE_LIMIT_RULES = ruleGroup<Group<'rateLimit'>>({
  limit: wholeNumber('requests', 1, 1_000_000_000),
  windowSeconds: wholeNumber('seconds', 1, THIRTY_DAYS_SECONDS),
});

const MISPLACED =
  'is a static option; pass it to forRootAsync itself, next to useFactory, useClass or useExisting';

/** The rules of every group of options by its path; '' is the root. */
export const OPTION_RULES: Readonly<Record<string, RuleGroup>> = {
  '': ruleGroup<WrittenOptions>(
    {
      secret: checkedElsewhere(),
      redis: checkedElsewhere(),
      store: checkedElsewhere(),
      tokens: checkedElsewhere(),
      session: checkedElsewhere(),
      cookie: checkedElsewhere(),
      logout: checkedElsewhere(),
      csrf: checkedElsewhere(),
      rateLimit: checkedElsewhere(),
      revocation: checkedElsewhere(),
      memory: checkedElsewhere(),
      cleanup: checkedElsewhere(),
      claimsFor: checkedElsewhere(),
      audit: trueOrFalse(),
      // Braces would move the hash tag of Redis Cluster, so that a user's keys no longer share a slot.
      keyPrefix: matching(/^[^{}\s]{1,64}$/, 'must be 1 to 64 characters without spaces, { and }'),
    },
    Object.fromEntries(STATIC_RULES.names.map((name) => [name, MISPLACED])),
  ),
  tokens: ruleGroup<Group<'tokens'>>({
    issuer: shortText(),
    audience: shortText(),
    algorithm: oneOf<HmacAlgorithm>('HS256', 'HS384', 'HS512'),
    keys: checkedElsewhere(),
    accessTtlSeconds: wholeNumber('seconds', 1, TEN_YEARS_SECONDS),
    refreshTtlSeconds: wholeNumber('seconds', 1, TEN_YEARS_SECONDS),
    reuseGraceSeconds: wholeNumber('seconds', 0, 300),
    verifiedCacheSize: wholeNumber('tokens', 0, 1_000_000),
  }),
  session: ruleGroup<Group<'session'>>({
    idleTimeoutSeconds: wholeNumber('seconds', 1, TEN_YEARS_SECONDS),
    absoluteTimeoutSeconds: wholeNumber('seconds', 1, TEN_YEARS_SECONDS),
    touchIntervalSeconds: wholeNumber('seconds', 1, TEN_YEARS_SECONDS),
    // A login at the limit runs three scripts that read all sessions (try, list, end the oldest), and Redis serves no
    // other client meanwhile. With 1,000 sessions each takes 3 to 4 ms, 12 ms together (Redis 7.0, INFO commandstats).
    maxPerUser: wholeNumber('sessions', 1, 1000),
    onLimitReached: oneOf('evict-oldest', 'reject'),
    persistent: checkedElsewhere(),
  }),
  'session.persistent': ruleGroup<NonNullable<Group<'session'>['persistent']>>({
    idleTimeoutSeconds: wholeNumber('seconds', 1, TEN_YEARS_SECONDS),
    absoluteTimeoutSeconds: wholeNumber('seconds', 1, TEN_YEARS_SECONDS),
  }),
  cookie: ruleGroup<Group<'cookie'>>({
    name: matching(
      /^__(Host|Secure)-[\w-]{1,64}$/,
      "must be a name such as '__Host-session' or '__Secure-session'",
    ),
    sameSite: oneOf('lax', 'strict', 'none'),
    secure: trueOrFalse(),
    domain: matching(
      /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)+$/i,
      "must be a domain such as 'example.com'",
    ),
    path: matching(COOKIE_PATH, COOKIE_PATH_MESSAGE),
    refreshPath: matching(COOKIE_PATH, COOKIE_PATH_MESSAGE),
    partitioned: trueOrFalse(),
  }),
  logout: ruleGroup<Group<'logout'>>({
    clearSiteData: listOf(
      ['cache', 'cookies', 'storage'],
      "must contain only 'cache', 'cookies' and 'storage'",
    ),
  }),
  csrf: ruleGroup<Group<'csrf'>>({
    require: oneOf('token', 'origin'),
    trustedOrigins: listOf(
      ORIGIN,
      "must contain origins such as 'https://app.example.com', without a path, wildcard or trailing slash",
    ),
    headerName: matching(/^[\w-]{1,64}$/, 'must be the name of a header'),
  }),
  rateLimit: RATE_LIMIT_RULES,
  revocation: ruleGroup<Group<'revocation'>>({
    check: oneOf('feed', 'store', 'none'),
    maxStalenessMs: wholeNumber('milliseconds', 100, 10_000),
    waitReplicas: wholeNumber('replicas', 0, 10),
  }),
  memory: ruleGroup<Group<'memory'>>({
    maxSessions: wholeNumber('sessions', 1, 10_000_000),
  }),
  cleanup: ruleGroup<Group<'cleanup'>>({
    // A timer of Node is limited to 24.8 days.
    everySeconds: wholeNumber('seconds', 1, 1_900_000),
    cron: shortText(),
    enabled: trueOrFalse(),
    // SCAN examines this number of keys without a pause, and the same number of scripts follows at once.
    batchSize: wholeNumber('keys', 1, 10_000),
  }),
  // The types of the connection belong to the backend, which checks the values.
  redis: ruleGroup<Record<'url' | 'client' | 'options', unknown>>({
    url: checkedElsewhere(),
    client: checkedElsewhere(),
    options: checkedElsewhere(),
  }),
};
