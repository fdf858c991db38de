import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium } from 'playwright-core';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/redis/redis-server.js';
import { secretOf } from '../../support/secret-of.js';
import { startTypescript, type TypescriptProcess } from '../../support/typescript-process.js';
import { compile, errorsIn } from './compile.js';
import { blocks, documents, fileNameOf, ROOT } from './documents.js';

const MAX_LINES = 200;

const run = promisify(execFile);
const inReadme = (language: string) => blocks(language).filter(({ path }) => path === 'README.md');
const files = new Map(inReadme('ts').map(({ code }) => [fileNameOf(code), code]));

describe('README.md', () => {
  it(`has at most ${MAX_LINES} lines`, () => {
    const lines = documents.get('README.md')?.trimEnd().split('\n');
    expect(lines?.length).toBeLessThanOrEqual(MAX_LINES);
  });

  it('contains a quick start that compiles without the files of other documents', () => {
    expect(files.size).toBeGreaterThan(4);
    expect(errorsIn(compile(files), files.keys())).toEqual([]);
  });
});

/** Runs the requests that follow the quick start as a reader does: with curl and a browser against these files. */
describe('the quick start in README.md', () => {
  const ADA = { user: { id: 'ada' }, session: { handle: expect.any(String), user: { id: 'ada' } } };
  let directory: string;
  let url: string;
  let app: TypescriptProcess;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'session-kit-quick-start-'));
    await symlink(fileURLToPath(new URL('node_modules', ROOT)), join(directory, 'node_modules'));
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    await mkdir(join(directory, 'src'));
    for (const [name, code] of files) await writeFile(join(directory, 'src', name), code);
    const port = String(await freePort());
    url = `http://localhost:${port}`;
    app = startTypescript(pathToFileURL(join(directory, 'src/main.ts')), {
      PORT: port,
      SESSION_SECRET: secretOf('the quick start'),
    });
    const status = (): Promise<number> =>
      fetch(`${url}/me`).then(
        (answer) => answer.status,
        () => 0,
      );
    await eventually(status, (answer) => answer === 401, 60_000);
  });

  afterAll(async () => {
    await app?.kill();
    await rm(directory, { recursive: true, force: true });
  });

  it('ends with a curl request that is authenticated', async () => {
    const script = inReadme('sh').find(({ code }) => code.includes('curl'))?.code ?? '';
    const here = script.replaceAll('http://localhost:3000', url);
    const { stdout } = await run('bash', ['-euc', here], { cwd: directory });
    const [login = '', me = ''] = stdout.split(/(?<=\})(?=\{)/);
    expect(JSON.parse(login)).toEqual({ user: { id: 'ada' } });
    expect(JSON.parse(me)).toMatchObject(ADA);
  });

  it('ends with a browser request that is authenticated', async () => {
    const [script] = inReadme('js');
    const executablePath = process.env['CHROMIUM_PATH'];
    const browser = await chromium.launch({
      args: ['--headless', '--no-sandbox', '--disable-gpu'],
      ...(executablePath !== undefined && { executablePath }),
    });
    try {
      const page = await browser.newPage();
      expect((await page.goto(`${url}/me`))?.status()).toBe(401);
      const lines = (script?.code ?? '').trim().replace(/\nawait(?!.*\n)/, '\nreturn await');
      expect(await page.evaluate(`(async () => {\n${lines}\n})()`)).toMatchObject(ADA);
    } finally {
      await browser.close();
    }
  });
});
