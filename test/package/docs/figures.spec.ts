import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { documents, rows } from './documents.js';

const RESULTS = new URL('../../bench/results/', import.meta.url);
const report = readFileSync(new URL('results.md', RESULTS), 'utf8');

/** Returns the ratios of one table of the report, by the name of the case. */
function ratiosOf(title: string): Map<string, string> {
  const [, section = ''] = report.split(`\n## ${title}\n`);
  const [table = ''] = section.split('\n## ');
  const lines = table.trim().split('\n').slice(2);
  return new Map(
    lines.map((line) => {
      const [, name = '', , , ratio = ''] = line.split('|').map((cell) => cell.trim());
      return [name, ratio];
    }),
  );
}

function isOwn(name: string): boolean {
  return name.startsWith('nestjs-session-kit');
}

/** The documentation quotes the figures of the committed benchmark run exactly. */
describe('the documented figures', () => {
  const table = rows('what', 'nestjs-session-kit', 'least possible', 'peers');

  it.each(table)('of %s match the committed run', (title = '', kit, least, peers = '') => {
    const ratios = ratiosOf(title);
    const measured = [...ratios].filter(([name]) => isOwn(name));
    const written = measured.map(([name, ratio]) =>
      measured.length > 1 ? `${name.replace('nestjs-session-kit, ', '')} ${ratio}` : ratio,
    );
    expect(kit).toBe(written.join('; '));
    expect(least).toBe(ratios.get('least possible') ?? '');
    const [base] = ratios.keys();
    const others = [...ratios].filter(
      ([name]) => name !== base && !isOwn(name) && name !== 'least possible',
    );
    expect(peers).toBe(others.map(([name, ratio]) => `${name} ${ratio}`).join('; '));
  });

  it('include a row for each table of the report that compares requests or tokens', () => {
    const compared = [...report.matchAll(/^## (.+)\n\n\|  \| (?:requests )?per second of CPU/gm)];
    const titles = compared.map(([, title]) => title);
    expect(titles.length).toBeGreaterThan(5);
    expect(table.map(([title]) => title)).toEqual(titles);
  });

  it('include the plots', () => {
    const text = documents.get('docs/benchmarks.md') ?? '';
    const plots = [...text.matchAll(/!\[[^\]]+\]\(\.\.\/test\/bench\/results\/([\w-]+\.svg)\)/g)];
    expect(plots.map(([, file]) => file)).toEqual(['cost-per-request.svg', 'listing-time.svg']);
    for (const [, file = ''] of plots) {
      expect(readFileSync(new URL(file, RESULTS), 'utf8')).toMatch(/^<svg /);
    }
  });
});
