import { FLOOR_NAME } from './rows/peer-rows.mjs';
import { addedMicroseconds, median } from './statistics.mjs';

/** Plots as SVG text, readable on light and dark pages. */

const INK = '#24292f';
const GRID = '#d8dee4';
const KIT = '#0969da';
const PEER = '#8c959f';
const FLOOR = '#a5c8f2';
const FONT = 'font-family="system-ui, sans-serif" font-size="13"';

/** Microseconds of CPU that each package adds to a request of bare Nest, by row. */
export function costPlot(rows) {
  const groups = rows
    .filter(({ id }) => /^peers-(token|cookie|csrf|rate-limit)-/.test(id))
    .map(({ title, cases: [base, ...others] }) => ({
      title,
      bars: others.map(({ name, samples }) => ({
        name,
        added: addedMicroseconds(samples, base.samples),
      })),
    }));
  const [labels, width, line] = [270, 760, 22];
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ added }) => added)));
  // Square roots, because one peer costs a hundred times as much as another.
  const lengthOf = (added) => Math.sqrt(Math.max(added, 0) / most) * (width - labels - 90);
  let y = 40;
  const parts = [
    text(
      12,
      24,
      'CPU time added to a request of bare Nest, in µs (bars by the square root)',
      'bold',
    ),
  ];
  for (const { title, bars } of groups) {
    y += 12;
    parts.push(text(12, (y += line) - 6, title, 'bold'));
    for (const { name, added } of bars) {
      const length = lengthOf(added);
      parts.push(
        text(labels - 8, y + 15, name, 'normal', 'end'),
        `<rect x="${labels}" y="${y + 3}" width="${length.toFixed(1)}" height="${line - 6}" fill="${colorOf(name)}"/>`,
        text(labels + length + 6, y + 15, added.toFixed(added < 10 ? 1 : 0)),
      );
      y += line;
    }
  }
  return svg(width, y + 16, parts);
}

/**
 * Milliseconds of listing the sessions of one user, by number of sessions in the store; both axes
 * logarithmic.
 */
export function listingPlot(rows) {
  const lineOf = (id, name, color) => {
    const { cases } = rows.find((row) => row.id === id);
    const points = cases.map(({ size, samples }) => ({ size, ms: median(samples) }));
    return { name, color, points };
  };
  const lines = [
    lineOf('list', 'nestjs-session-kit', KIT),
    lineOf('list-by-scan', 'SCAN and MGET', PEER),
  ];
  const [left, top, width, height] = [96, 50, 520, 280];
  const all = lines.flatMap(({ points }) => points);
  const [fewest, most] = [all[0].size, Math.max(...all.map(({ size }) => size))];
  const lowest = Math.floor(Math.log10(Math.min(...all.map(({ ms }) => ms))));
  const highest = Math.ceil(Math.log10(Math.max(...all.map(({ ms }) => ms))));
  const x = (size) => left + (Math.log(size / fewest) / Math.log(most / fewest)) * width;
  const y = (ms) => top + ((highest - Math.log10(ms)) / (highest - lowest)) * height;

  const parts = [
    text(12, 24, "Time to list one user's sessions, by sessions in the store", 'bold'),
  ];
  for (let power = lowest; power <= highest; power++) {
    const at = y(10 ** power).toFixed(1);
    parts.push(
      `<path d="M${left} ${at}h${width}" stroke="${GRID}"/>`,
      text(
        left - 8,
        Number(at) + 4,
        `${Number((10 ** power).toPrecision(1)).toLocaleString('en')} ms`,
        'normal',
        'end',
      ),
    );
  }
  for (const { size } of lines[0].points) {
    parts.push(text(x(size), top + height + 22, size.toLocaleString('en'), 'normal', 'middle'));
  }
  for (const { name, color, points } of lines) {
    const path = points
      .map(({ size, ms }) => `${x(size).toFixed(1)} ${y(ms).toFixed(1)}`)
      .join('L');
    const { size, ms } = points.at(-1);
    parts.push(
      `<path d="M${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...points.map(
        (point) => `<circle cx="${x(point.size)}" cy="${y(point.ms)}" r="4" fill="${color}"/>`,
      ),
      text(x(size) + 10, y(ms) + 4, name),
    );
  }
  return svg(left + width + 150, top + height + 40, parts);
}

function colorOf(name) {
  if (name === 'nestjs-session-kit') return KIT;
  return name === FLOOR_NAME ? FLOOR : PEER;
}

function text(x, y, content, weight = 'normal', anchor = 'start') {
  return `<text x="${x.toFixed(1)}" y="${y}" font-weight="${weight}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function svg(width, height, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${FONT} fill="${INK}">
<rect width="100%" height="100%" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
}
