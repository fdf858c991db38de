import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

const ROOT = new URL('../../..', import.meta.url).pathname;
const HERE = join(ROOT, 'test/package/docs');

/** The strict options of an application; `paths` lead to lib, as in the tests. */
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  lib: ['lib.es2023.d.ts'],
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  isolatedModules: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: true,
  noEmit: true,
  rootDir: ROOT,
  paths: {
    'nestjs-session-kit': [join(ROOT, 'lib/index.ts')],
    'nestjs-session-kit/passport': [join(ROOT, 'lib/passport/index.ts')],
    'nestjs-session-kit/testing': [join(ROOT, 'lib/testing/index.ts')],
  },
};

/** Source files by name, in memory only. They can import each other and the files of `prelude`. */
export function compile(sources: ReadonlyMap<string, string>): ts.Program {
  const virtual = new Map([...sources].map(([name, code]) => [join(HERE, name), code]));
  const prelude = new Map(
    readdirSync(join(HERE, 'prelude')).map((name) => [
      join(HERE, name),
      join(HERE, 'prelude', name),
    ]),
  );
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  const text = (path: string): string | undefined =>
    virtual.get(path) ?? readFile.call(host, prelude.get(path) ?? path);
  host.fileExists = (path) => virtual.has(path) || prelude.has(path) || fileExists.call(host, path);
  host.readFile = text;
  host.getSourceFile = (path, target, ...rest) =>
    virtual.has(path) || prelude.has(path)
      ? ts.createSourceFile(path, text(path) ?? '', target)
      : getSourceFile.call(host, path, target, ...rest);
  return ts.createProgram([...virtual.keys()], OPTIONS, host);
}

/** Returns `file:line message` for each error in these files and in the options. */
export function errorsIn(program: ts.Program, names: Iterable<string>): string[] {
  const diagnostics = [...names].flatMap((name) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(join(HERE, name))),
  );
  return diagnostics.map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    const message = ts.flattenDiagnosticMessageText(messageText, ' ');
    return `${basename(file?.fileName ?? 'options')}:${line} ${message}`;
  });
}

/** Returns the members of an exported union of string literals. */
export function literalsOf(program: ts.Program, path: string, name: string): string[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(join(ROOT, path));
  const module = file && checker.getSymbolAtLocation(file);
  const symbol = module && checker.getExportsOfModule(module).find((found) => found.name === name);
  if (!symbol) throw new Error(`${path} does not export ${name}`);
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  return (type.isUnion() ? type.types : [type]).map((member) => {
    if (!member.isStringLiteral()) throw new Error(`${name} is not a union of string literals`);
    return member.value;
  });
}
