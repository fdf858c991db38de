import type { InjectionToken, OnModuleInit } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { SessionConfigError } from './core/session-config-error.js';

/**
 * Stops the start if the options depend on a request-scoped provider. Nest would instantiate the whole package for each
 * request: sessions in memory would be lost, and each request would leave a Redis connection open.
 */
export class ScopeCheck implements OnModuleInit {
  /** @param options injection token of the options in the module of `moduleRef` */
  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly options: InjectionToken,
  ) {}

  /** @throws SessionConfigError */
  onModuleInit(): void {
    try {
      this.moduleRef.get(this.options);
    } catch {
      const message =
        'depends on a request-scoped provider, but options are read once, at start; inject providers of the default scope only';
      throw new SessionConfigError([{ path: 'forRootAsync', message }]);
    }
  }
}
