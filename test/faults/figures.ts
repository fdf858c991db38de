import { appendFileSync } from 'node:fs';
import type { TrafficReport } from './traffic.js';

/** So many requests at least, or nothing was under load. */
const LOAD = 100;

/**
 * What went wrong in a scenario, which should be nothing. Its figures are added to the file that `FAULT_FIGURES` names, a
 * line of JSON each.
 */
export function harmIn(scenario: string, { violations, ...figures }: TrafficReport): string[] {
  const file = process.env['FAULT_FIGURES'];
  if (file) appendFileSync(file, `${JSON.stringify({ scenario, ...figures })}\n`);
  const idle = figures.requests < LOAD ? [`only ${figures.requests} requests`] : [];
  return [...violations, ...idle];
}
