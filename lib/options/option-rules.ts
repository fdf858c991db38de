import {
  Allow,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  validateSync,
} from 'class-validator';
import type { ConfigProblem } from '../core/session-config-error.js';

const TEN_YEARS_SECONDS = 315_360_000;
const THIRTY_DAYS_SECONDS = 2_592_000;

function Whole(unit: string, least: number, most: number): PropertyDecorator {
  const message = `must be a whole number of ${unit} from ${least} to ${most}`;
  return (target, key) => {
    for (const rule of [
      IsOptional(),
      IsInt({ message }),
      Min(least, { message }),
      Max(most, { message }),
    ]) {
      rule(target, key);
    }
  };
}

function Name(): PropertyDecorator {
  const message = 'must be a string of 1 to 255 characters';
  return (target, key) => {
    for (const rule of [IsOptional(), Length(1, 255, { message })]) rule(target, key);
  };
}

function OneOf(values: readonly string[]): PropertyDecorator {
  const message = `must be one of ${values.map((value) => `'${value}'`).join(', ')}`;
  return (target, key) => {
    for (const rule of [IsOptional(), IsIn(values, { message })]) rule(target, key);
  };
}

function Form(pattern: RegExp, message: string): PropertyDecorator {
  return (target, key) => {
    for (const rule of [IsOptional(), Matches(pattern, { message })]) rule(target, key);
  };
}

const COOKIE_PATH = /^\/[\w\-./~%!$&'()*+,=:@]*$/;
const COOKIE_PATH_MESSAGE = "must begin with '/' and contain no spaces or semicolons";
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#\\@*\s]+$/i;

/** Names at the root; the options within a group are checked by the class of that group. */
export class RootRules {
  @Allow() secret?: unknown;
  @Allow() redis?: unknown;
  @Allow() store?: unknown;
  @Allow() tokens?: unknown;
  @Allow() session?: unknown;
  @Allow() cookie?: unknown;
  @Allow() logout?: unknown;
  @Allow() csrf?: unknown;
  @Allow() rateLimit?: unknown;
  @Allow() revocation?: unknown;
  @Allow() memory?: unknown;
  @Allow() cleanup?: unknown;
  @Allow() claimsFor?: unknown;
  @IsOptional() @IsBoolean({ message: 'must be true or false' }) audit?: unknown;
  // Braces would move the hash tag of Redis Cluster, so that a user's keys no longer share a slot.
  @IsOptional()
  @Matches(/^[^{}\s]{1,64}$/, { message: 'must be 1 to 64 characters without spaces, { and }' })
  keyPrefix?: unknown;
}

export class TokenRules {
  @Name() issuer?: unknown;
  @Name() audience?: unknown;
  @OneOf(['HS256', 'HS384', 'HS512']) algorithm?: unknown;
  @Allow() keys?: unknown;
  @Whole('seconds', 1, TEN_YEARS_SECONDS) accessTtlSeconds?: unknown;
  @Whole('seconds', 1, TEN_YEARS_SECONDS) refreshTtlSeconds?: unknown;
  @Whole('seconds', 0, 300) reuseGraceSeconds?: unknown;
  @Whole('tokens', 0, 1_000_000) verifiedCacheSize?: unknown;
}

export class SessionRules {
  @Whole('seconds', 1, TEN_YEARS_SECONDS) idleTimeoutSeconds?: unknown;
  @Whole('seconds', 1, TEN_YEARS_SECONDS) absoluteTimeoutSeconds?: unknown;
  @Whole('seconds', 1, TEN_YEARS_SECONDS) touchIntervalSeconds?: unknown;
  // A login at the limit runs three scripts that read all sessions (try, list, end the oldest), and Redis serves no
  // other client meanwhile. With 1,000 sessions each takes 3 to 4 ms, 12 ms together (Redis 7.0, INFO commandstats).
  @Whole('sessions', 1, 1000) maxPerUser?: unknown;
  @OneOf(['evict-oldest', 'reject']) onLimitReached?: unknown;
  @Allow() persistent?: unknown;
}

export class PersistentRules {
  @Whole('seconds', 1, TEN_YEARS_SECONDS) idleTimeoutSeconds?: unknown;
  @Whole('seconds', 1, TEN_YEARS_SECONDS) absoluteTimeoutSeconds?: unknown;
}

export class CookieRules {
  @Form(
    /^__(Host|Secure)-[\w-]{1,64}$/,
    "must be a name such as '__Host-session' or '__Secure-session'",
  )
  name?: unknown;
  @OneOf(['lax', 'strict', 'none']) sameSite?: unknown;
  @IsOptional() @IsBoolean({ message: 'must be true or false' }) secure?: unknown;
  @Form(
    /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)+$/i,
    "must be a domain such as 'example.com'",
  )
  domain?: unknown;
  @Form(COOKIE_PATH, COOKIE_PATH_MESSAGE) path?: unknown;
  @Form(COOKIE_PATH, COOKIE_PATH_MESSAGE) refreshPath?: unknown;
  @IsOptional() @IsBoolean({ message: 'must be true or false' }) partitioned?: unknown;
}

const CLEAR_SITE_DATA = ['cache', 'cookies', 'storage'];

export class LogoutRules {
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @IsIn(CLEAR_SITE_DATA, {
    each: true,
    message: "must contain only 'cache', 'cookies' and 'storage'",
  })
  clearSiteData?: unknown;
}

export class CsrfRules {
  @OneOf(['token', 'origin']) require?: unknown;
  @IsOptional()
  @IsArray({ message: 'must be a list' })
  @Matches(ORIGIN, {
    each: true,
    message:
      "must contain origins such as 'https://app.example.com', without a path, wildcard or trailing slash",
  })
  trustedOrigins?: unknown;
  @Form(/^[\w-]{1,64}$/, 'must be the name of a header') headerName?: unknown;
}

export class RateLimitRules {
  @Whole('requests', 1, 1_000_000_000) limit?: unknown;
  @Whole('seconds', 1, THIRTY_DAYS_SECONDS) windowSeconds?: unknown;
}

export class RevocationRules {
  @OneOf(['feed', 'store', 'none']) check?: unknown;
  @Whole('milliseconds', 100, 10_000) maxStalenessMs?: unknown;
  @Whole('replicas', 0, 10) waitReplicas?: unknown;
}

export class CleanupRules {
  // A timer of Node is limited to 24.8 days.
  @Whole('seconds', 1, 1_900_000) everySeconds?: unknown;
  @Name() cron?: unknown;
  @IsOptional() @IsBoolean({ message: 'must be true or false' }) enabled?: unknown;
  // SCAN examines this number of keys without a pause, and the same number of scripts follows at once.
  @Whole('keys', 1, 10_000) batchSize?: unknown;
}

export class MemoryRules {
  @Whole('sessions', 1, 10_000_000) maxSessions?: unknown;
}

export class RedisRules {
  @Allow() url?: unknown;
  @Allow() client?: unknown;
  @Allow() options?: unknown;
}

/** Static options next to `useFactory`: Nest needs them before a factory runs. */
export class ExtraRules {
  @IsOptional() @IsBoolean({ message: 'must be true or false' }) isGlobal?: unknown;
  @IsOptional()
  @IsObject({ message: "must be an object such as { path: 'auth' }; omit it to mount no routes" })
  routes?: unknown;
  @IsOptional() @IsBoolean({ message: 'must be true or false' }) globalGuards?: unknown;
}

export class RouteRules {
  @IsOptional() @IsString({ message: "must be a string such as 'auth'" }) path?: unknown;
}

/**
 * Checks one group of options.
 * @param path path of the group, '' for the root
 * @returns one problem for each invalid option, including unknown names
 */
export function problemsOf(
  path: string,
  rules: new () => object,
  written: unknown,
): ConfigProblem[] {
  if (written === undefined || written === null) return [];
  if (typeof written !== 'object' || Array.isArray(written)) {
    return [{ path, message: 'must be an object' }];
  }
  const checked = new rules() as Record<string, unknown>;
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const unknown = Object.keys(written)
    .filter((name) => !Object.hasOwn(checked, name))
    .map((name) => ({ path: at(name), message: unknownName(name, path, rules) }));
  // By name, as the options are read later: inherited and computed properties are checked too.
  for (const name of Object.keys(checked)) {
    checked[name] = (written as Record<string, unknown>)[name];
  }
  const wrong = validateSync(checked).map(({ property, constraints = {} }) => ({
    path: at(property),
    message: Object.values(constraints)[0] ?? 'is not valid',
  }));
  return [...unknown, ...wrong];
}

function unknownName(name: string, path: string, rules: new () => object): string {
  if (path === '' && Object.hasOwn(new ExtraRules(), name)) {
    return 'is a static option; pass it to forRootAsync itself, next to useFactory, useClass or useExisting';
  }
  return `is an unknown option; expected one of ${Object.keys(new rules()).join(', ')}`;
}
