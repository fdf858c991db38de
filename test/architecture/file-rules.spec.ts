import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { importsOf, type LibFile, libFiles, placeOf, visit } from './source.js';

const MAX_LINES = 320;
/** Names that say nothing about what is inside, so that everything ends up there. */
const EMPTY_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'types', 'misc']);

/** Wall time comes from Clock and randomness from core/random; who needs another source says why here. */
const OWN_SOURCES: Record<string, string> = {
  'Math.random store/session-updater.ts': 'jitter between retries; nothing depends on guessing it',
  'Math.random cleanup/cleanup-schedule.ts':
    'jitter between sweeps; nothing depends on guessing it',
  'Date.now backends/redis/connection/redis-info.ts': 'measures the offset that Clock follows',
  'Date.now testing/contract/subject.ts': 'a store without a clock to move is tested in real time',
  'Date.now testing/fake-clock.ts': 'where a clock of a test starts',
};

/** Timers that are not unref'd, with what ends them before their call does. */
const TIMERS: Record<string, string> = {
  'setTimeout resilience/timeout.ts': 'cleared as soon as the work it limits settles',
  'setImmediate backends/redis/commands/batch-keys.ts': 'the end of this turn of the event loop',
  'setImmediate backends/redis/commands/batch-writes.ts': 'the end of this turn of the event loop',
  'setImmediate resilience/timeout.ts': 'one turn of the event loop, after the timer',
  'sleep store/session-updater.ts': 'awaited by the change that backs off, a few ms',
  'sleep backends/redis/connection/redis-info.ts': 'awaited by the start that tries again',
  'setInterval backends/redis/connection/redis-clock.ts':
    "unref'd in the next line, and cleared at shutdown",
  'sleep backends/redis/redis-revocation-log.ts':
    'awaited by an ending that waits for replicas, 0.4 s at most',
  'sleep backends/redis/revocation-reader.ts':
    'awaited by a follower that tries again, and by its close',
  'nextTurn backends/memory/memory-session-store.ts': 'awaited by a sweep between two batches',
  'setTimeout cleanup/cleanup-schedule.ts': "unref'd in the next line, and cleared at the end",
  'sleep testing/contract/subject.ts': 'awaited by a test of such a store',
};

/** The one file that takes timers and the monotonic clock from Node. */
const TIMERS_FILE = 'core/timers.ts';
const TIME_MODULES = /^(node:)?(timers(\/promises)?|perf_hooks)$/;
/** What fake timers of jest, vitest and sinon replace, but for `Date`. */
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

/** Where nodes of this kind are. */
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

/** Whether this is `object.name`, called or not. */
function isMember(node: ts.Node, object: string, name?: string): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.expression.getText() === object &&
    (name === undefined || node.name.text === name)
  );
}

/** `expression file` for each use of a source of time or randomness beside those of core. */
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

/** `function file` for each timer whose call does not end with `.unref()`. */
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

/** Whether this names a global that fake timers replace, by itself or as a member of a global object. */
function isFakedGlobal(node: ts.Node): boolean {
  if (isMember(node, 'process', 'nextTick') || isMember(node, 'process', 'hrtime')) return true;
  if (!ts.isIdentifier(node) || !FAKED_GLOBALS.has(node.text)) return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return /^(globalThis|global)$/.test(parent.expression.getText());
  }
  return !ts.isPropertyAssignment(parent) || parent.name !== node;
}

/** The functions that make text that is not ours safe to show. */
const ESCAPES = /^(escapeControlCharacters|escapeJson|errorMessage)\(/;
/** What else stands in a line of the log: numbers. */
const LOGGED_NUMBERS = new Set(['changeMs']);

/** Whether a line is logged whose text, or a part of it, nothing has escaped. */
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

/** Where the message of an error is read by other means than `errorMessage`, and why that is safe. */
const MESSAGES: Record<string, string> = {
  'auth/recent-login.guard.ts': 'of a SessionError, which is one of our constants',
  'cli/main.ts': 'escaped as a whole, with the stack',
  'cli/describe-redis-error.ts': 'of our own problems with options',
  'cli/run.ts': 'written by the one function that escapes',
  'core/escape-control-characters.ts': 'this is errorMessage',
  'core/session-config-error.ts': 'of a problem, escaped here',
  'core/session-error.ts': 'of our table',
  'observability/session-health.indicator.ts': 'of a SessionError, which is one of our constants',
  'options/options-resolver.ts': 'of our own rules',
  'rate-limit/rate-limit.decorator.ts': 'of our own problem with an option',
  'http/request-state.ts': 'of a SessionError, which is one of our constants',
  'backends/redis/commands/batch-keys.ts': 'compared, not shown',
  'backends/redis/connection/connect.ts': 'compared, not shown',
  'backends/redis/revocation-reader.ts': 'compared, not shown',
};

/** Whether this reads the `message` of something. */
function readsMessage(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'message';
  return (
    ts.isBindingElement(node) &&
    /^(message|stack)$/.test((node.propertyName ?? node.name).getText())
  );
}

describe('files of lib', () => {
  it(`have ${MAX_LINES} lines at most`, () => {
    const long = FILES.map(({ path, text }) => ({
      path,
      lines: text.trimEnd().split('\n').length,
    }));
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  it('have names that say what is inside, folders too', () => {
    const empty = FILES.filter(({ path }) =>
      path.split('/').some((part) => EMPTY_NAMES.has(part.replace(/\.ts$/, ''))),
    );
    expect(empty.map(({ path }) => path)).toEqual([]);
  });

  it('use no any', () => {
    expect(placesOf((node) => node.kind === ts.SyntaxKind.AnyKeyword)).toEqual([]);
  });

  it('silence neither the compiler nor the linter', () => {
    const silenced = FILES.filter(({ text }) =>
      /@ts-(ignore|expect-error|nocheck)|(eslint|oxlint)-disable|prettier-ignore/.test(text),
    );
    expect(silenced.map(({ path }) => path)).toEqual([]);
  });

  it('leave the process and the console to the app', () => {
    const exits = ['exit', 'abort', 'kill', 'reallyExit', 'on', 'once'];
    expect(placesOf((node) => exits.some((name) => isMember(node, 'process', name)))).toEqual([]);
    expect(placesOf((node) => ts.isIdentifier(node) && node.text === 'console')).toEqual([]);
  });

  it('run as ES modules and as CommonJS: no import.meta, no await at the top, no __dirname', () => {
    expect(placesOf((node) => ts.isMetaProperty(node) && node.name.text === 'meta')).toEqual([]);
    expect(placesOf(isTopLevelAwait)).toEqual([]);
    const names = new Set(['__dirname', '__filename', 'require', 'module']);
    const commonJs = (node: ts.Node): boolean =>
      ts.isIdentifier(node) && names.has(node.text) && isFree(node);
    expect(placesOf(commonJs)).toEqual([]);
  });

  it('take the time from Clock and randomness from core, all but the ones that say why', () => {
    expect(ownSources()).toEqual(Object.keys(OWN_SOURCES).toSorted());
  });

  it('keep no process alive: there is no timer but those that end with their call', () => {
    expect(startedTimers()).toEqual(Object.keys(TIMERS).toSorted());
  });

  it('keep their timers when a test of the app fakes them: they are taken from Node once', () => {
    const others = FILES.filter(({ path }) => path !== TIMERS_FILE);
    expect(placesOf(isFakedGlobal, others)).toEqual([]);
    const imports = others
      .flatMap(importsOf)
      .filter(({ specifier }) => TIME_MODULES.test(specifier));
    expect(imports.map(({ file }) => file.path)).toEqual([]);
  });

  it('escape what is not theirs in each line that they log', () => {
    expect(placesOf(logsUnescaped)).toEqual([]);
  });

  it('take what an error of others says from errorMessage', () => {
    const readers = FILES.filter((file) => placesOf(readsMessage, [file]).length > 0);
    expect(readers.map(({ path }) => path).filter((path) => !(path in MESSAGES))).toEqual([]);
  });

  it('put no getter or setter into an object literal', () => {
    // V8 makes a hidden class for each such object, which lives until the big collection and keeps what the getter
    // refers to: one of them in the CSRF check made every request live so long, and cost 20 µs each.
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

/** Not the name of a property or of something declared here. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return ts.isCallExpression(parent) || ts.isElementAccessExpression(parent);
}
