import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { problemsOf, RateLimitRules } from '../options/option-rules.js';

const RATE_LIMIT = 'nestjs-session-kit:rate-limit';
const BY_REFRESH_TOKEN = 'nestjs-session-kit:rate-limit-by-refresh-token';

/** The budget of a route; what is left out is taken from the options. */
export interface RateLimitOptions {
  limit?: number;
  windowSeconds?: number;
}

/**
 * Limits a route. With numbers of its own it has a budget of its own, without them it shares the one of the options.
 * Needs `RateLimitGuard` or `globalGuards`.
 * @throws TypeError for numbers that cannot limit
 */
export const RateLimit = (options: RateLimitOptions = {}): MethodDecorator & ClassDecorator => {
  const [problem] = problemsOf('@RateLimit', RateLimitRules, options);
  if (problem) throw new TypeError(`${problem.path} ${problem.message}`);
  return SetMetadata(RATE_LIMIT, options);
};

export function rateLimitOf(
  reflector: Reflector,
  context: ExecutionContext,
): RateLimitOptions | undefined {
  const targets = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<RateLimitOptions | undefined>(RATE_LIMIT, targets);
}

/**
 * Counts a public route by the session of the refresh token that it is sent. For the refresh itself, and never for a
 * login: whoever has a session would have a budget of its own to guess passwords with.
 */
export const RateLimitByRefreshToken = (): MethodDecorator => SetMetadata(BY_REFRESH_TOKEN, true);

export function isLimitedByRefreshToken(reflector: Reflector, context: ExecutionContext): boolean {
  return reflector.get<boolean | undefined>(BY_REFRESH_TOKEN, context.getHandler()) ?? false;
}
