import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ROUNDS_TIMEOUT_MS, seededRounds } from '../../support/rounds.js';
import { type ModelPlace, useModelNodes } from './model-nodes.js';
import { command, MAX_PER_USER, SessionModel } from './session-model.js';

const DAY = 86_400;
/** The idle timeout of the model. */
const TOKENS = { accessTtlSeconds: 3600, refreshTtlSeconds: DAY };

interface ModelCase extends ModelPlace {
  readonly tokens: { readonly accessTtlSeconds: number; readonly refreshTtlSeconds: number };
  readonly mostMs: number;
}

/**
 * With the feed on Redis, revocations have the time of Redis, which tests cannot set: time passes
 * in small steps, 10 days in 10,000 histories, and a revocation is kept for longer than that.
 */
const CASES: ModelCase[] = [
  { shared: 'memory store', check: 'store', tokens: TOKENS, mostMs: Infinity },
  { shared: 'memory store', check: 'feed', tokens: TOKENS, mostMs: Infinity },
  { shared: 'Redis', check: 'store', tokens: TOKENS, mostMs: Infinity },
  {
    shared: 'Redis',
    check: 'feed',
    tokens: { accessTtlSeconds: 20 * DAY, refreshTtlSeconds: 25 * DAY },
    mostMs: 30_000,
  },
];

describe.each(CASES)('two instances on one $shared with check: $check', (place) => {
  const { tokens, mostMs } = place;
  const nodes = useModelNodes(place, {
    session: { maxPerUser: MAX_PER_USER },
    tokens,
  });

  it(
    'behave like the model, for any operations in any order',
    async () => {
      let histories = 0;
      const property = fc.asyncProperty(
        fc.array(command(mostMs), { minLength: 10, maxLength: 60 }),
        async (commands) => {
          const model = new SessionModel(nodes);
          for (const command of commands) await model.do(command);
          await model.check();
          await model.close();
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
