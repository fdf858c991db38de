import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { globalGuardsOf } from '../auth/route-guards.js';
import { escapeControlCharacters } from '../core/escape-control-characters.js';
import type { ResolvedOptions } from '../options/resolved-options.js';
import type { StoreDiagnostics } from '../store/store-backend.js';
import type { MountedRoutes } from '../http/adapter/mounted-routes.js';
import { findStartupProblems } from './startup-problems.js';
import { unguardedHandlers } from './unguarded-handlers.js';

/** Logs each dangerous setting at start, one line each. */
export class StartupChecks implements OnApplicationBootstrap {
  readonly #logger = new Logger('SessionModule');

  constructor(
    private readonly diagnostics: StoreDiagnostics | undefined,
    private readonly options: ResolvedOptions,
    private readonly routes: MountedRoutes,
    private readonly moduleRef: ModuleRef,
    /** The guard of `globalGuards`, if enabled. */
    private readonly chain: (new (...args: never[]) => object) | undefined,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const lines = findStartupProblems({
      options: this.options,
      storeWarnings: (await this.diagnostics?.startupWarnings?.()) ?? [],
      guardsBefore: this.#guardsBefore(),
      refreshMount: this.routes.refreshMount(),
    });
    if (this.chain) lines.push(...unguardedHandlers(this.moduleRef));
    for (const line of lines) this.#logger.warn(escapeControlCharacters(line));
  }

  #guardsBefore(): string[] {
    const guards = globalGuardsOf(this.moduleRef);
    const { chain } = this;
    const ours = chain ? guards.findIndex((guard) => guard instanceof chain) : -1;
    return guards.slice(0, Math.max(0, ours)).map((guard) => guard.constructor.name);
  }
}
