import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { RATE_LIMIT_RULES } from '../options/option-rules.js';
import { problemsOf } from '../options/validation/rule-group.js';

const RATE_LIMIT = 'nestjs-session-kit:rate-limit';
const BY_CREDENTIAL = 'nestjs-session-kit:rate-limit-by-credential';

/** The quota of a route; omitted values are taken from the options. */
export interface RateLimitOptions {
  limit?: number;
  windowSeconds?: number;
}

/**
 * Limits a route. With its own numbers it has a separate quota, without them it shares the quota of the options. Needs
 * `RateLimitGuard` or `globalGuards`.
 * @throws TypeError for invalid numbers
 */
export const RateLimit = (options: RateLimitOptions = {}): MethodDecorator & ClassDecorator => {
  const [problem] = problemsOf('@RateLimit', RATE_LIMIT_RULES, options);
  if (problem) throw new TypeError(`${problem.path} ${problem.message}`);
  return SetMetadata(RATE_LIMIT, options);
};

/**
 * Exempts a route, or all routes of a controller, from the rate limit, for example health probes. `@RateLimit()` on a
 * handler takes precedence over `@SkipRateLimit()` on its controller.
 */
export const SkipRateLimit = (): MethodDecorator & ClassDecorator => SetMetadata(RATE_LIMIT, false);

/** @returns false if the route is exempt, undefined if neither decorator is present */
export function rateLimitOf(
  reflector: Reflector,
  context: ExecutionContext,
): RateLimitOptions | false | undefined {
  const targets = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<RateLimitOptions | false | undefined>(RATE_LIMIT, targets);
}

/**
 * Counts a public route for the session that a credential of the request proves. Only for routes without anything to
 * guess, never for a login: each session of an attacker would give a new quota of passwords to try.
 */
export const RateLimitByCredential = (): MethodDecorator => SetMetadata(BY_CREDENTIAL, true);

export function isLimitedByCredential(reflector: Reflector, context: ExecutionContext): boolean {
  return reflector.get<boolean | undefined>(BY_CREDENTIAL, context.getHandler()) ?? false;
}
