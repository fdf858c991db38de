import type { ModuleRef } from '@nestjs/core';

/**
 * The guards that the app registered for all routes, in the order in which they run. Nest has no public list of them; where
 * the private one is gone, there are none.
 */
export function globalGuardsOf(moduleRef: ModuleRef): readonly object[] {
  const { container } = moduleRef as unknown as {
    container?: { applicationConfig?: { getGlobalGuards(): readonly object[] } };
  };
  return container?.applicationConfig?.getGlobalGuards() ?? [];
}
