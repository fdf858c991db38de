import { describe, expect, it } from '@jest/globals';
import { commandsDuring, namesOf } from '../support/commands-during.js';
import { send } from '../support/http-client.js';
import { PLACES, useStage } from '../support/stage.js';
import { AccountController, login } from './account.controller.js';

const ON_REDIS = PLACES.filter(({ store }) => store === 'redis');

describe.each([
  { check: 'store' as const, expected: ['mget'] },
  { check: 'none' as const, expected: [] },
])('revocation.check "$check"', ({ check, expected }) => {
  describe.each(ON_REDIS)('$adapter', (place) => {
    const stage = useStage(place, {
      controllers: [AccountController],
      options: { revocation: { check } },
    });

    it('sends exactly these commands to Redis for a guarded request', async () => {
      const { accessToken: token } = await login(stage.url, { userId: 'u1' });
      const commands = await commandsDuring(stage.redis!.client(), async () => {
        expect((await send(`${stage.url}/account/user`, { token })).status).toBe(200);
      });
      const own = commands.filter(([, key]) => key?.startsWith(`${stage.keyPrefix}{`));
      expect(namesOf(own)).toEqual(expected);
    });
  });
});
