import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SHARED, useTwoNodes } from '../support/nodes.js';
import { command, MAX_PER_USER, SessionModel } from './session-model.js';

describe.each(SHARED)('two instances on one %s', (shared) => {
  const nodes = useTwoNodes(shared, { options: { session: { maxPerUser: MAX_PER_USER } } });

  it('do what the model says, whatever is done in whatever order', async () => {
    let runs = 0;
    const property = fc.asyncProperty(
      fc.array(command, { minLength: 10, maxLength: 60 }),
      async (commands) => {
        const model = new SessionModel(nodes);
        for (const command of commands) await model.do(command);
        await model.check();
        runs++;
      },
    );
    // A failure prints its seed, which as an option here plays it again.
    await fc.assert(property, { numRuns: 150, interruptAfterTimeLimit: 6000 });
    expect(runs).toBeGreaterThan(0);
  });
});
