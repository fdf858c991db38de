import { median, spread } from './statistics.mjs';
import { ratioTo } from './targets.mjs';

/** Everything that was measured, as Markdown. */
export function markdown({ machine, versions, rows, minutes }) {
  const targets = rows.flatMap((row) => row.targets);
  return [
    '# Measured',
    '',
    `${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.system}; Node ${machine.node}, Redis ${machine.redis}; ${minutes.toFixed(1)} minutes.`,
    machine.pinned
      ? 'What is measured had one core for itself; load, Redis and the rest shared another.'
      : 'Nothing was pinned to a core (there is no taskset, or one core alone): read the ratios with care.',
    'Cases of a table ran in turns, in a new random order each round. Figures are medians; the spread is the middle half, in percent of the median; a ratio is the median of the ratios of each round.',
    '',
    versionsLine(versions),
    '',
    '## Targets',
    '',
    table(
      ['', 'what', 'target', 'measured'],
      targets.map(({ what, limit, value, holds }) => [
        holds ? 'holds' : '**MISSED**',
        what,
        limit,
        figure(value),
      ]),
    ),
    ...rows.flatMap((row) => ['', `## ${row.title}`, '', rowTable(row)]),
    '',
  ].join('\n');
}

function versionsLine(versions) {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

function rowTable(row) {
  const labels = [...new Set(row.cases.flatMap(({ figures = {} }) => Object.keys(figures)))].filter(
    (label) => row.cases.some(({ figures }) => figures?.[label] !== undefined),
  );
  const compares = row.cases.some(({ base }) => base !== undefined);
  const head = ['', row.unit, 'spread', ...(compares ? ['ratio'] : []), ...labels];
  const lines = row.cases.map(({ name, samples, base, figures = {} }) => [
    name,
    figure(median(samples)),
    samples.length > 1 ? `${(spread(samples) * 100).toFixed(0)} %` : '',
    ...(compares ? [base === undefined ? '' : figure(ratioTo(row, name))] : []),
    ...labels.map((label) => figure(figures[label])),
  ]);
  return table(head, lines);
}

function table(head, lines) {
  const rule = head.map((_, column) => (column < 1 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Three digits are as much as is certain. */
function figure(value) {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
