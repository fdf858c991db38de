import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ROUNDS_TIMEOUT_MS, seededRounds } from '../support/rounds.js';
import { type ModelPlace, useModelNodes } from './model-nodes.js';
import { command, MAX_PER_USER, SessionModel } from './session-model.js';

const DAY = 86_400;

interface ModelCase extends ModelPlace {
  readonly accessTtlSeconds: number;
  readonly mostMs: number;
}

/**
 * With the feed on Redis, revocations have the time of Redis, which no test can move: time passes in small steps, and the
 * window is longer than all of them.
 */
const CASES: ModelCase[] = [
  { shared: 'memory store', check: 'store', accessTtlSeconds: 3600, mostMs: Infinity },
  { shared: 'memory store', check: 'feed', accessTtlSeconds: 3600, mostMs: Infinity },
  { shared: 'Redis', check: 'store', accessTtlSeconds: 3600, mostMs: Infinity },
  { shared: 'Redis', check: 'feed', accessTtlSeconds: 6 * DAY, mostMs: 30_000 },
];

describe.each(CASES)('two instances on one $shared with check: $check', (place) => {
  const { accessTtlSeconds, mostMs } = place;
  const nodes = useModelNodes(place, {
    session: { maxPerUser: MAX_PER_USER },
    tokens: { accessTtlSeconds },
  });

  it(
    'do what the model says, whatever is done in whatever order',
    async () => {
      let histories = 0;
      const property = fc.asyncProperty(
        fc.array(command(mostMs), { minLength: 10, maxLength: 60 }),
        async (commands) => {
          const model = new SessionModel(nodes);
          for (const command of commands) await model.do(command);
          await model.check();
          histories++;
        },
      );
      const parameters = seededRounds(10_000);
      await fc.assert(property, parameters);
      expect(histories).toBe(parameters.numRuns);
    },
    ROUNDS_TIMEOUT_MS,
  );
});
