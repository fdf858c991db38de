import { join } from 'node:path';
import ts from 'typescript';

const ROOT = process.cwd();

/**
 * Compiles an in-memory file as a separate program: an augmentation affects the whole program and must not reach the
 * other tests.
 * @returns the diagnostics of the compiler
 */
export function diagnosticsOf(source: string): string[] {
  const path = join(ROOT, 'application.ts');
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? source : readFile(name));
  host.getSourceFile = (name, languageVersion, ...rest) =>
    name === path
      ? ts.createSourceFile(name, source, languageVersion, true)
      : getSourceFile(name, languageVersion, ...rest);
  const program = ts.createProgram([path], options, host);
  // Only the diagnostics of this file; `npm run lint` checks the rest of the program.
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(path))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
