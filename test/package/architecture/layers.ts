/**
 * The folders of lib in order. A folder imports only from earlier folders, so that rules do not depend on the code that
 * applies them. The last ten are the files at the root.
 */
export const LAYERS = [
  'core',
  'resilience',
  'options',
  'events',
  'jwt',
  'rules',
  'store',
  'revocation',
  'http',
  'sessions',
  'auth',
  'csrf',
  'rate-limit',
  'transient-state',
  'backends',
  'passport',
  'cleanup',
  'observability',
  'routes',
  'cli',
  'session-module-options.ts',
  'written-options.ts',
  'open-store.ts',
  'session-chain.guard.ts',
  'scope-check.ts',
  'module-isolation.ts',
  'configured-providers.ts',
  'providers.ts',
  'session.module.ts',
  'index.ts',
] as const;

/** A separate entry point that may import any folder and that no other folder imports. */
export const APART = 'testing';

/** Layers whose folders do not import each other. */
const SIBLINGS = new Set(['backends']);

/** Returns the rule that an import of `target` in `file` breaks, both relative to lib, or undefined. */
export function brokenRule(file: string, target: string): string | undefined {
  const from = layerOf(file);
  const to = layerOf(target);
  if (target.startsWith('..')) return 'lib must not import files outside lib';
  if (from === APART) return undefined;
  if (to === APART) return `must not be imported: ${APART}`;
  for (const name of [from, to]) {
    if (!isLayer(name)) return `${name} is not a layer; add it to LAYERS`;
  }
  if (from === to) {
    const [own, other] = [file, target].map((path) => path.split('/').slice(0, 2).join('/'));
    const apart = SIBLINGS.has(from) && own !== other;
    return apart ? `${own} and ${other} must not import each other` : undefined;
  }
  const order: readonly string[] = LAYERS;
  return order.indexOf(to) < order.indexOf(from)
    ? undefined
    : `${from} comes before ${to} and must not import it`;
}

function layerOf(path: string): string {
  return path.split('/')[0] as string;
}

function isLayer(name: string): boolean {
  return (LAYERS as readonly string[]).includes(name);
}
