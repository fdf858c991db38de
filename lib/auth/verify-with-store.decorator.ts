import { SetMetadata } from '@nestjs/common';
import { cachePerRoute } from './route-metadata.js';

const VERIFY_WITH_STORE = 'nestjs-session-kit:verify-with-store';

/**
 * For actions that must not happen between a revocation and its arrival on this node: `SessionGuard` reads the store
 * even if `revocation.check` would not.
 */
export const VerifyWithStore = (): MethodDecorator & ClassDecorator =>
  SetMetadata(VERIFY_WITH_STORE, true);

export const isVerifiedWithStore = cachePerRoute((reflector, context) => {
  const targets = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<boolean | undefined>(VERIFY_WITH_STORE, targets) ?? false;
});
