/**
 * The folders of lib from left to right. A folder imports from folders on its left only, so that what decides does not
 * depend on what delivers. The last six are the files at the root.
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
  'backends',
  'passport',
  'cleanup',
  'observability',
  'routes',
  'cli',
  'session-module-options.ts',
  'session-chain.guard.ts',
  'scope-check.ts',
  'module-isolation.ts',
  'session.module.ts',
  'index.ts',
] as const;

/** May import anything and is imported by nothing: it is an entry of its own. */
export const APART = 'testing';

/** Folders of equals inside a layer, which know nothing of each other. */
const SIBLINGS = new Set(['backends']);

/** What is wrong with an import of `target` in `file`, both relative to lib; undefined when it is allowed. */
export function brokenRule(file: string, target: string): string | undefined {
  const from = layerOf(file);
  const to = layerOf(target);
  if (target.startsWith('..')) return 'lib imports nothing outside lib';
  if (from === APART) return undefined;
  if (to === APART) return `${APART} is imported by nothing`;
  for (const name of [from, to]) {
    if (!isLayer(name)) return `${name} is no folder of the layout; give it its place in LAYERS`;
  }
  if (from === to) {
    const [own, other] = [file, target].map((path) => path.split('/').slice(0, 2).join('/'));
    const apart = SIBLINGS.has(from) && own !== other;
    return apart ? `${own} and ${other} know nothing of each other` : undefined;
  }
  const order: readonly string[] = LAYERS;
  return order.indexOf(to) < order.indexOf(from)
    ? undefined
    : `${from} stands left of ${to} and imports leftward only`;
}

function layerOf(path: string): string {
  return path.split('/')[0] as string;
}

function isLayer(name: string): boolean {
  return (LAYERS as readonly string[]).includes(name);
}
