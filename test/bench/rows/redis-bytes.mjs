import { startRedis } from '../redis.mjs';
import { atMost, ratioTo } from '../targets.mjs';
import { Worker } from '../worker.mjs';

export const ids = ['redis-bytes'];

export async function measure() {
  const [bare, kit] = [await startRedis(), await startRedis()];
  const worker = await Worker.start('workers/redis-bytes.mjs', { args: [bare.url, kit.url] });
  const jsonBytes = await worker.ask('jsonBytes');
  const sessions = await worker.ask('sessions');
  const bytesOf = async (redis, fill) => {
    const before = await redis.usedBytes();
    await worker.ask(fill);
    return ((await redis.usedBytes()) - before) / sessions;
  };
  const name = `bare JSON string of ${jsonBytes} bytes, without an index`;
  const cases = [
    { name, base: name, samples: [await bytesOf(bare, 'fillBare')] },
    {
      name: 'nestjs-session-kit, index included, five sessions to a user',
      base: name,
      samples: [await bytesOf(kit, 'fillKit')],
    },
  ];
  await worker.stop();
  await bare.stop();
  await kit.stop();
  const row = { id: 'redis-bytes', title: 'Memory of Redis', unit: 'bytes per session', cases };
  const target = atMost(
    1.2,
    ratioTo(row, cases[1].name),
    'Redis bytes per session: ratio to bare JSON',
  );
  return [{ ...row, targets: [target] }];
}
