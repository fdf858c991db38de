import type { Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Clock } from './core/clock.js';
import { KeyRing } from './jwt/key-ring.js';
import { openStore } from './open-store.js';
import { resolveOptions, withoutRevocationLog } from './options/options-resolver.js';
import { ResolvedOptions } from './options/resolved-options.js';
import { secretBytes } from './options/secret/secret.js';
import { readSigningKeys } from './options/signing-keys.js';
import { RateLimiter } from './rate-limit/rate-limiter.js';
import { NodeRevocationLog } from './revocation/node-revocation-log.js';
import { RevocationAwareSessionStore } from './revocation/revocation-aware-session-store.js';
import { RevocationCache } from './revocation/revocation-cache.js';
import { ScopeCheck } from './scope-check.js';
import type { SessionModuleOptions } from './session-module-options.js';
import { portsOf } from './store/backend-ports.js';
import { RecordBinding } from './store/record-binding.js';
import { ResilientSessionStore } from './store/resilient-session-store.js';
import { RevocationLog } from './store/revocation-log.js';
import { SessionStore } from './store/session-store.js';
import { StoreBackend } from './store/store-backend.js';
import { StoreCaller } from './store/store-caller.js';
import { WRITTEN_OPTIONS } from './written-options.js';

/** The validated options, whose `revocation.check` still depends on the backend. */
const VALIDATED_OPTIONS = Symbol('ResolvedOptions');
/** The store or backend as given, whose lifecycle hooks Nest calls. */
const GIVEN_STORE = Symbol('StoreOption');

/** The providers that are made from the options: the options themselves, the keys, and the ports of the backend. */
export const CONFIGURED_PROVIDERS: readonly Provider[] = [
  {
    provide: VALIDATED_OPTIONS,
    inject: [WRITTEN_OPTIONS],
    useFactory: (written: SessionModuleOptions) =>
      resolveOptions(written, process.env['NODE_ENV'] === 'production'),
  },
  {
    provide: ResolvedOptions,
    inject: [VALIDATED_OPTIONS, WRITTEN_OPTIONS, StoreBackend],
    useFactory: (
      validated: ResolvedOptions,
      written: SessionModuleOptions,
      { revocationLog }: StoreBackend,
    ) => (revocationLog ? validated : withoutRevocationLog(validated, written)),
  },
  {
    provide: KeyRing,
    inject: [WRITTEN_OPTIONS, VALIDATED_OPTIONS],
    useFactory: (written: SessionModuleOptions, { tokens, keyPrefix }: ResolvedOptions) => {
      const { keys } = readSigningKeys(written.tokens?.keys);
      return new KeyRing(secretBytes(written.secret), { ...tokens, keyPrefix }, keys);
    },
  },
  {
    provide: GIVEN_STORE,
    inject: [WRITTEN_OPTIONS, VALIDATED_OPTIONS, Clock],
    useFactory: openStore,
  },
  { provide: StoreBackend, inject: [GIVEN_STORE], useFactory: portsOf },
  {
    provide: RevocationLog,
    inject: [StoreBackend, StoreCaller, RevocationCache],
    useFactory: ({ revocationLog }: StoreBackend, caller: StoreCaller, cache: RevocationCache) =>
      new NodeRevocationLog(revocationLog, caller, cache),
  },
  {
    provide: SessionStore,
    inject: [StoreBackend, StoreCaller, RevocationLog, RevocationCache, RecordBinding],
    useFactory: (
      { store }: StoreBackend,
      caller: StoreCaller,
      log: RevocationLog,
      cache: RevocationCache,
      binding: RecordBinding,
    ) =>
      new RevocationAwareSessionStore(
        new ResilientSessionStore(store, caller),
        log,
        cache,
        binding,
      ),
  },
  {
    provide: RateLimiter,
    inject: [StoreBackend, ResolvedOptions, Clock],
    useFactory: (
      { rateLimitCounter }: StoreBackend,
      { keyPrefix }: ResolvedOptions,
      clock: Clock,
    ) => new RateLimiter(rateLimitCounter, keyPrefix, clock),
  },
  {
    provide: ScopeCheck,
    inject: [ModuleRef],
    useFactory: (moduleRef: ModuleRef) => new ScopeCheck(moduleRef, WRITTEN_OPTIONS),
  },
];
