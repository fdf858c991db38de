import { escapeControlCharacters } from '../core/escape-control-characters.js';

const MAX_CELL_CHARACTERS = 100;

/** Returns lines of padded columns, without a final line feed; each row has as many cells as the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => shortened(escapeControlCharacters(cell))));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => lengthOf(row[column] ?? ''))),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => padded(cell, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Returns a time such as `2026-11-24 14:58:03Z`. */
export function shortTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

function shortened(cell: string): string {
  const characters = [...cell];
  return characters.length > MAX_CELL_CHARACTERS
    ? `${characters.slice(0, MAX_CELL_CHARACTERS - 1).join('')}…`
    : cell;
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(width - lengthOf(cell));
}

/** Counts code points, which is the displayed width in most scripts. */
function lengthOf(cell: string): number {
  return [...cell].length;
}

/** Returns a table with one row per figure. */
export function figureTable(figures: Record<string, unknown>): string {
  return table(Object.entries(figures).map(([name, value]) => [name, String(value)]));
}
