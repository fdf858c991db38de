import { startRedis } from '../redis.mjs';
import { measureRevocationDelay } from '../revocation-delay.mjs';
import { quantileInterval } from '../statistics.mjs';
import { atMost, exactly } from '../targets.mjs';

export const ids = ['revocation-delay'];

export async function measure() {
  const redis = await startRedis();
  const { delays, p50, p99, longest, neverSeen, late } = await measureRevocationDelay(redis);
  await redis.stop();
  const title = 'Revocation seen by another process';
  return [
    {
      id: 'revocation-delay',
      title,
      unit: 'ms',
      better: 'less',
      cases: [
        {
          name: `${delays.length + neverSeen} revocations`,
          samples: delays,
          figures: { p50, p99, longest, 'never seen': neverSeen, 'later than 1 s': late },
        },
      ],
      targets: [
        atMost(10, quantileInterval(delays, 0.99), `${title}: p99 ms`),
        exactly(0, neverSeen + late, `${title}: acknowledged and not seen within 1 s`),
      ],
    },
  ];
}
