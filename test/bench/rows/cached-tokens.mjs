import { Worker } from '../worker.mjs';

const TOKENS = 10_000;

export const ids = ['cached-tokens'];

export async function measure() {
  const worker = await Worker.start('workers/cached-tokens.mjs', { nodeOptions: ['--expose-gc'] });
  const bytes = await worker.ask('verify', TOKENS);
  await worker.stop();
  return [
    {
      id: 'cached-tokens',
      title: 'Memory of the process for verified tokens',
      unit: 'MiB',
      cases: [{ name: `${TOKENS.toLocaleString('en')} cached tokens`, samples: [bytes / 2 ** 20] }],
      targets: [],
    },
  ];
}
