import { readFileSync } from 'node:fs';

/** The file as it is. */
export const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** A fenced block of code. */
export interface Block {
  readonly language: string;
  readonly code: string;
}

export function blocks(language: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .map(([, found = '', code = '']) => ({ language: found, code }))
    .filter((block) => block.language === language);
}

/** The rows of the tables whose header begins with these columns, each cell as it is written. */
export function rows(...columns: string[]): string[][] {
  const header = `| ${columns.join(' | ')} |`;
  const tables = text.split(/\n\n+/).filter((paragraph) => paragraph.startsWith(header));
  if (tables.length === 0) throw new Error(`README.md has no table ${header}`);
  return tables.flatMap((table) => table.trim().split('\n').slice(2).map(cells));
}

/** What stands in backticks in a cell, the first of it. */
export function code(cell: string | undefined): string {
  return /`([^`]+)`/.exec(cell ?? '')?.[1] ?? '';
}

function cells(line: string): string[] {
  const bar = /(?<!\\)\|/;
  return line
    .split(bar)
    .slice(1, -1)
    .map((cell) => cell.trim());
}
