import { median, spread } from './statistics.mjs';
import { ratioTo } from './targets.mjs';

/**
 * The measurements as Markdown.
 * @param {{ title: string, lead: string[] }} about
 */
export function markdown({ title, lead }, { machine, versions, rows, minutes }) {
  const targets = rows.flatMap((row) => row.targets);
  return [
    `# ${title}`,
    '',
    `${machine.cpu}, ${machine.memoryGiB} GiB, ${machine.system}; Node ${machine.node}, Redis ${machine.redis}; ${minutes.toFixed(1)} minutes.`,
    machine.pinned
      ? 'The measured process had one core for itself; load, Redis and the rest shared another.'
      : 'Nothing was pinned to a core (there is no taskset, or one core alone): read the figures with care.',
    ...lead,
    '',
    versionsLine(versions),
    '',
    '## Targets',
    '',
    table(
      ['', 'what', 'target', 'measured', 'interval', 'reason for doubt'],
      targets.map(({ what, limit, measured, doubts, outcome }) => [
        outcome === 'holds' ? outcome : `**${outcome}**`,
        what,
        limit,
        figure(measured.value),
        measured.low === measured.high ? '' : range(measured),
        doubts.join('; '),
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
    ...(compares ? [base === undefined ? '' : figure(ratioTo(row, name).value)] : []),
    ...labels.map((label) => figure(figures[label])),
  ]);
  return table(head, lines);
}

function table(head, lines) {
  const rule = head.map((_, column) => (column < 1 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Three digits are significant. */
function figure(value) {
  // NaN if every block was disturbed.
  if (value === undefined || Number.isNaN(value.value ?? value)) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return `${figure(value.value)} (${range(value)})`;
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

function range({ low, high }) {
  if (Number.isNaN(low)) return '';
  return `${figure(low)} to ${figure(high)}`;
}
