import { readdirSync, readFileSync } from 'node:fs';

export const ROOT = new URL('../../../', import.meta.url);

/** The documents at the root except the changelog, and all documents below docs/, by path. */
export const documents: ReadonlyMap<string, string> = new Map(
  ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...markdownBelow('docs')].map((path) => [
    path,
    read(path),
  ]),
);

/** A fenced block of code. */
export interface Block {
  readonly path: string;
  readonly language: string;
  readonly code: string;
}

export function blocks(language: string): Block[] {
  return [...documents].flatMap(([path, text]) =>
    [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
      .map(([, found = '', source = '']) => ({ path, language: found, code: source }))
      .filter((block) => block.language === language),
  );
}

/** The name in the comment that every block of TypeScript begins with. */
export function fileNameOf(source: string): string {
  return /^\/\/ ([\w.-]+\.ts)\n/.exec(source)?.[1] ?? 'a block without a file name';
}

/** Returns the rows of all tables whose header begins with these columns, with the source text of each cell. */
export function rows(...columns: string[]): string[][] {
  const header = `| ${columns.join(' | ')} |`;
  const paragraphs = [...documents.values()].flatMap((text) => text.split(/\n\n+/));
  const tables = paragraphs.filter((paragraph) => paragraph.startsWith(header));
  if (tables.length === 0) throw new Error(`the documentation has no table ${header}`);
  return tables.flatMap((table) => table.trim().split('\n').slice(2).map(cells));
}

/** The first text in backticks of a cell. */
export function code(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';
}

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

function markdownBelow(folder: string): string[] {
  const entries = readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' });
  const files = entries.filter((name) => name.endsWith('.md')).toSorted();
  return files.map((name) => `${folder}/${name}`);
}

function cells(line: string): string[] {
  const bar = /(?<!\\)\|/;
  return line
    .split(bar)
    .slice(1, -1)
    .map((cell) => cell.trim());
}
