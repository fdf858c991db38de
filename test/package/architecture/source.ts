import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

// Not import.meta: jest runs from the root of the project.
export const ROOT = process.cwd();
export const LIB = join(ROOT, 'lib');

/** A file of lib. `path` is relative to lib, with slashes. */
export interface LibFile {
  readonly path: string;
  readonly text: string;
  readonly ast: ts.SourceFile;
}

export interface LibImport {
  readonly file: LibFile;
  /** The specifier as written. */
  readonly specifier: string;
  /** The imported file, relative to lib; undefined for packages and Node. */
  readonly target: string | undefined;
}

export function libFiles(): LibFile[] {
  return readdirSync(LIB, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .map((name) => {
      const text = readFileSync(join(LIB, name), 'utf8');
      const ast = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
      return { path: relative(LIB, join(LIB, name)).split(sep).join('/'), text, ast };
    });
}

/** Returns imports of all forms: `import`, `export from`, `import()`, `import('...')` in types and `require()`. */
export function importsOf(file: LibFile): LibImport[] {
  const imports: LibImport[] = [];
  visit(file.ast, (node) => {
    const specifier = specifierIn(node);
    if (specifier !== undefined) {
      imports.push({ file, specifier, target: targetOf(file.path, specifier) });
    }
  });
  return imports;
}

/** Calls `see` for a node and all its descendants. */
export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

/** Returns `folder/file.ts:12`, for messages. */
export function placeOf(file: LibFile, node: ts.Node): string {
  const { line } = file.ast.getLineAndCharacterOfPosition(node.getStart());
  return `${file.path}:${line + 1}`;
}

function specifierIn(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier && textOf(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return textOf(node.argument.literal);
  }
  if (ts.isExternalModuleReference(node)) return textOf(node.expression);
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  const loads =
    expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(expression) && expression.text === 'require');
  return loads && node.arguments[0] ? textOf(node.arguments[0]) : undefined;
}

function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : node.getText();
}

function targetOf(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(dirname(from), specifier).replace(/\.js$/, '.ts');
}
