import type { ExceptionFilter } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';

/** The part of Nest's configuration of an application that this package uses. */
export interface ApplicationConfig {
  /** In the order in which they run. */
  getGlobalGuards(): readonly object[];
  /** The last one that catches an error handles it. */
  getGlobalFilters(): readonly ExceptionFilter[];
  useGlobalFilters(...filters: ExceptionFilter[]): void;
}

/** Nest offers it to no provider, and its types do not declare this property. Undefined if Nest has renamed it. */
export function applicationConfigOf(moduleRef: ModuleRef): ApplicationConfig | undefined {
  const { container } = moduleRef as unknown as {
    container?: { applicationConfig?: ApplicationConfig };
  };
  return container?.applicationConfig;
}
