import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/redis/redis-server.js';
import { ADAPTERS } from '../../support/test-app.js';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: { example: string };
};
/** The command of `npm run example` without npm, which would not pass signals to the process. */
const [, ...RUN] = scripts.example.split(' ');
/** The folders with an application. */
const EXAMPLES = readdirSync('examples').filter((name) =>
  existsSync(`examples/${name}/app.module.ts`),
);

let child: ChildProcess | undefined;

afterEach(async () => {
  if (child && child.exitCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  child = undefined;
});

/** Starts an example. Returns its output so far. */
function run(name: string, env: NodeJS.ProcessEnv): () => string {
  child = spawn(process.execPath, [...RUN, name], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return () => text;
}

const matrix = EXAMPLES.flatMap((name) => ADAPTERS.map((ADAPTER) => ({ name, ADAPTER })));

describe('npm run example', () => {
  it('knows every example', () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(2);
  });

  it.each(matrix)(
    'starts $name on $ADAPTER with an identity provider',
    async ({ name, ADAPTER }) => {
      const [PORT, PROVIDER_PORT] = [await freePort(), await freePort()].map(String) as [
        string,
        string,
      ];
      const output = run(name, { PORT, PROVIDER_PORT, ADAPTER });
      await eventually(
        output,
        (text) => text.includes('Open http') || child?.exitCode !== null,
        60_000,
      );
      expect(output()).toContain(`Open http://localhost:${PORT} in a browser`);
      const login = await fetch(`http://127.0.0.1:${PORT}/login`, { redirect: 'manual' });
      const location = new URL(login.headers.get('location') ?? '');
      expect(location.origin).toBe(`http://127.0.0.1:${PROVIDER_PORT}`);
      const page = await (await fetch(location, { redirect: 'manual' })).text();
      expect(page).toContain('/interaction/');
    },
  );

  it('lists the examples for an unknown name', async () => {
    const output = run('unknown', {});
    await once(child as ChildProcess, 'close');
    expect(child?.exitCode).toBe(1);
    for (const name of EXAMPLES) expect(output()).toContain(`npm run example -- ${name}`);
  });
});
