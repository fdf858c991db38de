import { appendFileSync } from 'node:fs';
import type { TrafficReport } from './traffic.js';

/** The minimum number of requests; with fewer, there was no load. */
const LOAD = 100;

/**
 * The failures of a scenario, which should be none. Adds its figures to the file in
 * `FAULT_FIGURES`, as a line of JSON.
 */
export function harmIn(scenario: string, { violations, ...figures }: TrafficReport): string[] {
  const file = process.env['FAULT_FIGURES'];
  if (file) appendFileSync(file, `${JSON.stringify({ scenario, ...figures })}\n`);
  const idle = figures.requests < LOAD ? [`only ${figures.requests} requests`] : [];
  return [...violations, ...idle];
}
