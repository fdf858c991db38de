import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../../../lib/cli/command-result.js';
import { run } from '../../../lib/cli/run.js';
import { code, rows } from './documents.js';

/** The help text, which commander generates from the declared commands and flags. */
async function helpText(): Promise<string> {
  let text = '';
  const write = (part: string): void => void (text += part);
  await run(['--help'], { out: write, err: write, env: {}, errIsTerminal: false, ask: undefined });
  return text;
}

/** The first columns of the lines below a heading of the help text. */
function listed(help: string, heading: string): string[] {
  const [, section = ''] = help.split(`${heading}:\n`);
  const [lines = ''] = section.split('\n\n');
  return [...lines.matchAll(/^ {2}(\S.*?)(?: {2,}|$)/gm)].map(([, name = '']) => name);
}

describe('the documented command line', () => {
  it('lists every command and no other', async () => {
    const commands = listed(await helpText(), 'Commands').filter(
      (name) => !name.startsWith('help'),
    );
    expect(commands.length).toBeGreaterThan(5);
    const documented = rows('command', 'what it does').map(([name]) => code(name));
    expect(documented.toSorted()).toEqual(commands.toSorted());
  });

  it('lists every flag and no other', async () => {
    const flags = listed(await helpText(), 'Options').filter((name) => !name.startsWith('-h'));
    expect(rows('flag', 'meaning').map(([name]) => code(name))).toEqual(flags);
  });

  it('lists every exit code', () => {
    const documented = rows('exit code', 'meaning').map(([value]) => Number(value));
    expect(documented).toEqual(Object.values(EXIT));
  });
});
