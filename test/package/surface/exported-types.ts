import { join } from 'node:path';
import ts from 'typescript';
import { LIB, ROOT } from '../architecture/source.js';

/** The exported names of an entry point of the package, and the defects of their declarations. */
export interface Surface {
  readonly values: readonly string[];
  readonly types: readonly string[];
  /** Types in exported signatures that no entry exports, as `where: name`. */
  readonly unexported: readonly string[];
  /** Functions and methods without an explicit return type. */
  readonly inferred: readonly string[];
}

/** The decorator of classes that Nest creates; their constructors are not part of the public API. */
const MADE_BY_NEST = 'Injectable';

/** Reads the surfaces of entry points of lib; a type exported by one of them counts as exported for all. */
export function surfacesOf(entries: readonly string[]): Surface[] {
  const files = entries.map((entry) => join(LIB, entry));
  const program = ts.createProgram(files, compilerOptions());
  const checker = program.getTypeChecker();
  const exportsOf = files.map((file) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile);
    return checker.getExportsOfModule(module as ts.Symbol);
  });
  const real = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exported = new Set(exportsOf.flat().map(real));

  return exportsOf.map((symbols) => {
    const names = (wanted: boolean): string[] =>
      symbols
        .filter((symbol) => Boolean(real(symbol).flags & ts.SymbolFlags.Value) === wanted)
        .map(({ name }) => name)
        .toSorted();
    const shown = symbols.flatMap((symbol) =>
      (real(symbol).declarations ?? [])
        .filter((declaration) => declaration.getSourceFile().fileName.startsWith(LIB))
        .flatMap(shownIn)
        .map((node) => ({ name: symbol.name, node })),
    );
    const unexported = shown.flatMap(({ name, node }) => {
      const used = typeNameOf(node);
      const type = used && checker.getSymbolAtLocation(used);
      if (!type || !isNamedType(real(type)) || !isDeclaredInLib(real(type))) return [];
      return exported.has(real(type)) ? [] : [`${name}: ${type.name}`];
    });
    const inferred = shown
      .filter(
        ({ node }) =>
          ts.isFunctionLike(node) &&
          !node.type &&
          !ts.isConstructorDeclaration(node) &&
          // A setter cannot have a return type.
          !ts.isSetAccessor(node),
      )
      .map(({ name, node }) => `${name}: ${node.getText().split('\n')[0]}`);
    return { values: names(true), types: names(false), unexported, inferred };
  });
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, ts.sys.readFile) as { config: object };
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options;
}

/** Excludes type parameters, and the constants of mixins, which cannot be used as types. */
function isNamedType(symbol: ts.Symbol): boolean {
  return (
    (symbol.flags & ts.SymbolFlags.TypeParameter) === 0 && !(symbol.flags & ts.SymbolFlags.Variable)
  );
}

/** Whether the symbol is declared in lib. */
function isDeclaredInLib(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((declaration) =>
    declaration.getSourceFile().fileName.startsWith(LIB),
  );
}

/** Returns the visible parts of a declaration, without bodies and private or internal members. */
function shownIn(node: ts.Node): ts.Node[] {
  if (isHidden(node)) return [];
  const found = [node];
  ts.forEachChild(node, (child) => {
    found.push(...shownIn(child));
  });
  return found;
}

function typeNameOf(node: ts.Node): ts.EntityName | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isTypeQueryNode(node)) return node.exprName;
  const isBase = ts.isExpressionWithTypeArguments(node) && ts.isIdentifier(node.expression);
  return isBase ? node.expression : undefined;
}

function isHidden(node: ts.Node): boolean {
  if (ts.isBlock(node) || ts.isDecorator(node)) return true;
  if (ts.isConstructorDeclaration(node) && isMadeByNest(node.parent)) return true;
  if (!ts.isClassElement(node)) return isInitializer(node);
  const isPrivate =
    (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0 ||
    (node.name !== undefined && ts.isPrivateIdentifier(node.name));
  return isPrivate || ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal');
}

function isMadeByNest(node: ts.Node): boolean {
  const decorators = ts.canHaveDecorators(node) ? ts.getDecorators(node) : undefined;
  return (decorators ?? []).some(({ expression }) =>
    expression.getText().startsWith(`${MADE_BY_NEST}(`),
  );
}

/** Whether the node is a value instead of a signature. An arrow function is a signature; its body is hidden. */
function isInitializer(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isArrowFunction(parent)) return parent.body === node;
  const initialized =
    ts.isParameter(parent) || ts.isPropertyDeclaration(parent) || ts.isVariableDeclaration(parent);
  return initialized && parent.initializer === node && !ts.isArrowFunction(node);
}
