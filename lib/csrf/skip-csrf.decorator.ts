import { SetMetadata } from '@nestjs/common';
import { cachePerRoute } from '../auth/route-metadata.js';

const SKIP_CSRF = 'nestjs-session-kit:skip-csrf';

/**
 * For a route whose effect does not depend on cookies, such as a webhook or a login that returns tokens in the body.
 */
export const SkipCsrf = (): MethodDecorator & ClassDecorator => SetMetadata(SKIP_CSRF, true);

export const skipsCsrf = cachePerRoute((reflector, context) => {
  const targets = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<boolean | undefined>(SKIP_CSRF, targets) ?? false;
});
