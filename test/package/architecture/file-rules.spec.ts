import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { importsOf, type LibFile, libFiles, placeOf, visit } from './source.js';

const MAX_LINES = 200;
/** Names that do not describe the contents of a file or folder. */
const EMPTY_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'types', 'misc']);

/** Wall time comes from Clock and randomness from core/random. Exceptions, with the reason. */
const OWN_SOURCES: Record<string, string> = {
  'Math.random store/session-updater.ts': 'jitter between retries, which need not be unpredictable',
  'Math.random cleanup/cleanup-schedule.ts':
    'jitter between sweeps, which need not be unpredictable',
  'Date.now backends/redis/connection/redis-info.ts': 'measures the offset that Clock follows',
  'Date.now testing/contract/subject.ts': 'tests a store without a movable clock in real time',
  'Date.now testing/fake-clock.ts': 'the start of a test clock',
};

/** Timers that are not unref'd in the same expression, with the reason why they end in time. */
const TIMERS: Record<string, string> = {
  'setTimeout resilience/timeout.ts': 'cleared when the limited call settles',
  'setImmediate backends/redis/commands/batch-keys.ts': 'the end of this turn of the event loop',
  'setImmediate backends/redis/commands/batch-writes.ts': 'the end of this turn of the event loop',
  'setImmediate resilience/timeout.ts': 'one turn of the event loop, after the timer',
  'sleep store/session-updater.ts': 'awaited by an update that backs off for a few ms',
  'sleep backends/redis/connection/redis-info.ts': 'awaited by the start between attempts',
  'setInterval backends/redis/connection/redis-clock.ts':
    "unref'd in the next line, and cleared at shutdown",
  'sleep backends/redis/commands/wait-for-replicas.ts':
    'awaited by a revocation that waits for replicas, 0.4 s at most',
  'sleep backends/redis/revocation-reader.ts': 'awaited by a subscriber after a gap, 0.1 s at most',
  'sleep store/log/revocation-read-loop.ts':
    'awaited by a subscriber between attempts, and by its close',
  'setTimeout store/log/polling-reader.ts': "unref'd in the next line, and cleared at the end",
  'nextTurn backends/memory/memory-session-store.ts': 'awaited by a sweep between two batches',
  'setTimeout cleanup/cleanup-schedule.ts': "unref'd in the next line, and cleared at the end",
  'sleep testing/contract/subject.ts': 'awaited by a test of a store without a movable clock',
};

/** The only file that imports timers and the monotonic clock from Node. */
const TIMERS_FILE = 'core/timers.ts';
const TIME_MODULES = /^(node:)?(timers(\/promises)?|perf_hooks)$/;
/** The globals that fake timers of jest, vitest and sinon replace, except `Date`. */
const FAKED_GLOBALS = new Set([
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'queueMicrotask',
  'performance',
]);

const FILES = libFiles();

/** Returns the places of the matching nodes. */
function placesOf(
  matches: (node: ts.Node, file: LibFile) => boolean,
  files: readonly LibFile[] = FILES,
): string[] {
  const places: string[] = [];
  for (const file of files) {
    visit(file.ast, (node) => {
      if (matches(node, file)) places.push(placeOf(file, node));
    });
  }
  return places;
}

/** Whether the node is `object.name`, called or not. */
function isMember(node: ts.Node, object: string, name?: string): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.expression.getText() === object &&
    (name === undefined || node.name.text === name)
  );
}

/** Returns `expression file` for each use of a source of time or randomness outside core. */
function ownSources(): string[] {
  const found = new Set<string>();
  for (const file of FILES.filter(({ path }) => !path.startsWith('core/'))) {
    visit(file.ast, (node) => {
      const now = ts.isNewExpression(node) && node.expression.getText() === 'Date';
      if (now && !node.arguments?.length) found.add(`new Date() ${file.path}`);
      for (const [object, name] of [
        ['Date', 'now'],
        ['Math', 'random'],
        ['crypto', 'randomUUID'],
      ] as const) {
        if (isMember(node, object, name)) found.add(`${object}.${name} ${file.path}`);
      }
    });
  }
  return [...found].toSorted();
}

/** Returns `function file` for each timer whose call does not end with `.unref()`. */
function startedTimers(): string[] {
  const found = new Set<string>();
  const names = ['setTimeout', 'setInterval', 'setImmediate', 'sleep', 'nextTurn'];
  for (const file of FILES) {
    visit(file.ast, (node) => {
      if (!ts.isCallExpression(node)) return;
      const unref = ts.isPropertyAccessExpression(node.parent) && node.parent.name.text === 'unref';
      const name = names.find((one) => isMember(node.expression, 'timers', one));
      if (name && !unref) found.add(`${name} ${file.path}`);
    });
  }
  return [...found].toSorted();
}

/** Whether the node is a global that fake timers replace, alone or as a member of a global object. */
function isFakedGlobal(node: ts.Node): boolean {
  if (isMember(node, 'process', 'nextTick') || isMember(node, 'process', 'hrtime')) return true;
  if (!ts.isIdentifier(node) || !FAKED_GLOBALS.has(node.text)) return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return /^(globalThis|global)$/.test(parent.expression.getText());
  }
  return !ts.isPropertyAssignment(parent) || parent.name !== node;
}

/** The functions that escape foreign text. */
const ESCAPES = /^(escapeControlCharacters|escapeJson|errorMessage)\(/;
/** Numbers that may appear in log lines without escaping. */
const LOGGED_NUMBERS = new Set(['changeMs']);

/** Whether the node logs a line whose text is at least partly not escaped. */
function logsUnescaped(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || !/(\.|^)#?logger\b/.test(node.expression.getText()))
    return false;
  return node.arguments.some((text) => {
    if (ts.isStringLiteralLike(text)) return false;
    if (!ts.isTemplateExpression(text)) return !ESCAPES.test(text.getText());
    const parts = text.templateSpans.map(({ expression }) => expression.getText());
    return parts.some((part) => !ESCAPES.test(part) && !LOGGED_NUMBERS.has(part));
  });
}

/** Files that read the message of an error without `errorMessage`, and why that is safe. */
const MESSAGES: Record<string, string> = {
  'cli/main.ts': 'escaped as a whole, with the stack',
  'cli/describe-redis-error.ts': 'message of a problem of the package with an option',
  'cli/run.ts': 'written by the function that escapes',
  'core/escape-control-characters.ts': 'this is errorMessage',
  'core/session-config-error.ts': 'message of a problem, escaped here',
  'core/session-error.ts': 'message from the errors table',
  'observability/session-health.indicator.ts':
    'message of a SessionError, a constant of the package',
  'options/options-resolver.ts': 'message from the option rules',
  'rate-limit/rate-limit.decorator.ts': 'message of a problem of the package with an option',
  'backends/redis/commands/batch-keys.ts': 'compared, not shown',
  'backends/redis/connection/client-checks.ts':
    'message of a problem of the package with an option',
  'backends/redis/connection/client-defaults.ts': 'compared, not shown',
  'backends/redis/revocation-reader.ts': 'compared, not shown',
};

/** Whether the node reads the `message` or `stack` of a value. */
function readsMessage(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'message';
  return (
    ts.isBindingElement(node) &&
    /^(message|stack)$/.test((node.propertyName ?? node.name).getText())
  );
}

describe('files of lib', () => {
  it(`have at most ${MAX_LINES} lines`, () => {
    const long = FILES.map(({ path, text }) => ({
      path,
      lines: text.trimEnd().split('\n').length,
    }));
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it('have descriptive names, as do folders', () => {
    const empty = FILES.filter(({ path }) =>
      path.split('/').some((part) => EMPTY_NAMES.has(part.replace(/\.ts$/, ''))),
    );
    expect(empty.map(({ path }) => path)).toEqual([]);
  });

  it('do not use any', () => {
    expect(placesOf((node) => node.kind === ts.SyntaxKind.AnyKeyword)).toEqual([]);
  });

  it('do not suppress findings of the compiler or linter', () => {
    const silenced = FILES.filter(({ text }) =>
      /@ts-(ignore|expect-error|nocheck)|(eslint|oxlint)-disable|prettier-ignore/.test(text),
    );
    expect(silenced.map(({ path }) => path)).toEqual([]);
  });

  it('leave the process and the console to the application', () => {
    const exits = ['exit', 'abort', 'kill', 'reallyExit', 'on', 'once'];
    expect(placesOf((node) => exits.some((name) => isMember(node, 'process', name)))).toEqual([]);
    expect(placesOf((node) => ts.isIdentifier(node) && node.text === 'console')).toEqual([]);
  });

  it('run as ES modules and CommonJS, without import.meta, top-level await and __dirname', () => {
    expect(placesOf((node) => ts.isMetaProperty(node) && node.name.text === 'meta')).toEqual([]);
    expect(placesOf(isTopLevelAwait)).toEqual([]);
    const names = new Set(['__dirname', '__filename', 'require', 'module']);
    const commonJs = (node: ts.Node): boolean =>
      ts.isIdentifier(node) && names.has(node.text) && isFree(node);
    expect(placesOf(commonJs)).toEqual([]);
  });

  it('take time from Clock and randomness from core, except for the listed reasons', () => {
    expect(ownSources()).toEqual(Object.keys(OWN_SOURCES).toSorted());
  });

  it('do not keep the process alive by timers, except for those that end with their call', () => {
    expect(startedTimers()).toEqual(Object.keys(TIMERS).toSorted());
  });

  it('import timers from Node, so that fake timers in tests of applications do not affect them', () => {
    const others = FILES.filter(({ path }) => path !== TIMERS_FILE);
    expect(placesOf(isFakedGlobal, others)).toEqual([]);
    const imports = others
      .flatMap(importsOf)
      .filter(({ specifier }) => TIME_MODULES.test(specifier));
    expect(imports.map(({ file }) => file.path)).toEqual([]);
  });

  it('escape foreign text in log lines', () => {
    expect(placesOf(logsUnescaped)).toEqual([]);
  });

  it('read messages of foreign errors by errorMessage', () => {
    const readers = FILES.filter((file) => placesOf(readsMessage, [file]).length > 0);
    expect(readers.map(({ path }) => path).filter((path) => !(path in MESSAGES))).toEqual([]);
  });

  it('do not declare getters or setters in object literals', () => {
    // V8 creates a hidden class for each such object. It lives until the major garbage collection and retains
    // the closure of the getter: one in the CSRF check retained every request and cost 20 µs each.
    expect(placesOf(isAccessorOfLiteral)).toEqual([]);
  });
});

function isAccessorOfLiteral(node: ts.Node): boolean {
  return ts.isAccessor(node) && ts.isObjectLiteralExpression(node.parent);
}

function isTopLevelAwait(node: ts.Node): boolean {
  const awaits = ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier);
  return Boolean(awaits) && !ts.findAncestor(node, (above) => ts.isFunctionLike(above));
}

/** Whether the identifier is neither the name of a property nor declared in the file. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return ts.isCallExpression(parent) || ts.isElementAccessExpression(parent);
}
